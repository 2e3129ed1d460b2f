import type { Env } from '@/env';
import { hashPassword, verifyPassword } from './auth/password';
import type { MailSender } from './domain/ports/outbox';
import type { AttemptLimiter } from './domain/ports/sign-in';
import { closedPost, createOutboxPost } from './mail/outbox-post';
import { createSmtpSender } from './mail/smtp-sender';
import type { IdentityTools } from './services/context';

/** The portal's own origin, from the environment alone: a request's Host could be anybody's. */
const portalOrigin = (env: Env): string =>
  env.NEXTAUTH_URL === undefined
    ? `http://${env.HOST.includes(':') ? `[${env.HOST}]` : env.HOST}:${env.PORT}`
    : new URL(env.NEXTAUTH_URL).origin;

/** What accounts, sessions and invitations are made with in this process. */
export function createIdentityTools(
  env: Env,
  attempts: AttemptLimiter,
  seal: (plain: string) => Uint8Array,
): IdentityTools {
  const origin = portalOrigin(env);
  return {
    signUp: env.SIGN_UP,
    trialCreditNano: env.TRIAL_CREDIT,
    attempts,
    post: env.SMTP_URL === undefined ? closedPost : createOutboxPost(seal),
    passwords: { hash: hashPassword, verify: verifyPassword },
    pageUrl: (path) => `${origin}${path}`,
  };
}

/** Null: no mail server is set. */
export function createMailSender(env: Env): MailSender | null {
  if (env.SMTP_URL === undefined) return null;
  const from = env.MAIL_FROM ?? `Tallygate <no-reply@${new URL(portalOrigin(env)).hostname}>`;
  return createSmtpSender({ url: env.SMTP_URL, from });
}
