import type { NextAuthOptions } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import type { Env } from '@/env';
import { clientAddress } from './client-address';
import { type SignInDeps, verifySignIn } from './verify-sign-in';

/** Reaches the sign-in page as the error's name: too many attempts for this account or address. */
export const TOO_MANY_ATTEMPTS = 'TooManyAttempts';

const SESSION_SECONDS = 7 * 24 * 60 * 60;

/** NextAuth as Tallygate uses it: one credentials provider, sessions in a signed, encrypted JWT. */
export function authOptions(env: Env, deps: SignInDeps): NextAuthOptions {
  return {
    secret: env.NEXTAUTH_SECRET,
    session: { strategy: 'jwt', maxAge: SESSION_SECONDS },
    useSecureCookies: env.NEXTAUTH_URL?.startsWith('https://') ?? false,
    pages: { signIn: '/sign-in', error: '/sign-in' },
    providers: [
      CredentialsProvider({
        credentials: { email: { type: 'email' }, password: { type: 'password' } },
        async authorize(credentials, request) {
          const forwarded: unknown = request.headers?.['x-forwarded-for'];
          const reply = await verifySignIn(deps, {
            email: String(credentials?.email ?? ''),
            password: String(credentials?.password ?? ''),
            address: clientAddress({
              forwardedFor: typeof forwarded === 'string' ? forwarded : null,
            }),
          });
          if (reply.kind === 'too_many') throw new Error(TOO_MANY_ATTEMPTS);
          if (reply.kind === 'refused') return null;
          const { id, email, name } = reply.account;
          return { id, email, name };
        },
      }),
    ],
    callbacks: {
      // Only the account's id is in the session; tenant and role are looked up for every request.
      jwt: ({ token, user }) => (user ? { sub: user.id } : { sub: token.sub ?? '' }),
      session: ({ session, token }) => ({ expires: session.expires, accountId: token.sub ?? null }),
    },
  };
}
