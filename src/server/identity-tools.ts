import type { Env } from '@/env';
import { hashPassword, verifyPassword } from './auth/password';
import type { AttemptLimiter } from './domain/ports/sign-in';
import { closedPost, createSmtpPost } from './mail/smtp-post';
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
  onFault: (cause: unknown) => void,
): IdentityTools {
  const origin = portalOrigin(env);
  const from = env.MAIL_FROM ?? `Tallygate <no-reply@${new URL(origin).hostname}>`;
  return {
    signUp: env.SIGN_UP,
    trialCreditNano: env.TRIAL_CREDIT,
    attempts,
    post:
      env.SMTP_URL === undefined
        ? closedPost
        : createSmtpPost({ url: env.SMTP_URL, from, onFault }),
    passwords: { hash: hashPassword, verify: verifyPassword },
    pageUrl: (path) => `${origin}${path}`,
  };
}
