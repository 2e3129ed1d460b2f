import { networkOf } from '../domain/addresses';
import type {
  AccountDirectory,
  AttemptBudget,
  AttemptLimiter,
  SignInAccount,
} from '../domain/ports/sign-in';
import { verifyPassword } from './password';

export interface SignInDeps {
  readonly accounts: AccountDirectory;
  readonly attempts: AttemptLimiter;
}

export interface SignInAttempt {
  readonly email: string;
  readonly password: string;
  /** Where it comes from, as far as that is known. */
  readonly address: string;
}

export type SignInReply =
  | { readonly kind: 'welcome'; readonly account: SignInAccount }
  | { readonly kind: 'refused' }
  /** The right password of an account whose address was not confirmed yet. */
  | { readonly kind: 'unconfirmed' }
  | { readonly kind: 'too_many' };

const WINDOW_MS = 15 * 60_000;
const PER_ACCOUNT: AttemptBudget = { attempts: 10, windowMs: WINDOW_MS };
const PER_ADDRESS: AttemptBudget = { attempts: 50, windowMs: WINDOW_MS };
const PASSWORD_LENGTH_MAX = 256;
const EMAIL_LENGTH_MAX = 254;

/**
 * Judges one attempt to sign in. Every reply is the same, and takes as long, whether or not the
 * account exists; the limits count unknown accounts too.
 */
export async function verifySignIn(deps: SignInDeps, attempt: SignInAttempt): Promise<SignInReply> {
  const email = attempt.email.trim().toLowerCase();
  if (email === '' || email.length > EMAIL_LENGTH_MAX) return { kind: 'refused' };
  if (attempt.password.length > PASSWORD_LENGTH_MAX) return { kind: 'refused' };

  const addressKey = `address:${networkOf(attempt.address)}`;
  const accountKey = `account:${email}`;
  if (!(await deps.attempts.take(addressKey, PER_ADDRESS))) return { kind: 'too_many' };
  if (!(await deps.attempts.take(accountKey, PER_ACCOUNT))) return { kind: 'too_many' };

  const account = await deps.accounts.findByEmail(email);
  if (!(await verifyPassword(account?.passwordHash ?? null, attempt.password)) || !account) {
    return { kind: 'refused' };
  }
  if (!account.isVerified) return { kind: 'unconfirmed' };
  // Only its own attempt: an account of one's own must not wipe the address's count of failures.
  await deps.attempts.giveBack(addressKey);
  await deps.attempts.clear(accountKey);
  return { kind: 'welcome', account };
}
