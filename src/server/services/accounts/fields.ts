import { z } from 'zod';
import { requiredOr } from '../fields';

const EMAIL_LENGTH_MAX = 254;
const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 256;

const emailText = 'must be an e-mail address';
const passwordText = `must have ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters`;

/** ASCII, so that small letters turn no address into another's; lower-cased, as it is kept. */
export const email = z
  .string({ error: requiredOr(emailText) })
  .trim()
  .max(EMAIL_LENGTH_MAX, emailText)
  .pipe(z.email({ error: emailText }).toLowerCase());

/** A password to be set. Length is all that is asked: rules of letters make worse ones. */
export const newPassword = z
  .string({ error: requiredOr(passwordText) })
  .min(PASSWORD_LENGTH_MIN, passwordText)
  .max(PASSWORD_LENGTH_MAX, passwordText);

/** A password to be compared. */
export const anyPassword = z.string({ error: requiredOr(passwordText) }).max(PASSWORD_LENGTH_MAX);

export const linkToken = z.string({ error: requiredOr('must be the secret of a link') }).max(100);
