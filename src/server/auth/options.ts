import type { NextAuthOptions } from 'next-auth';
import { decode, type JWT, type JWTDecodeParams } from 'next-auth/jwt';
import CredentialsProvider from 'next-auth/providers/credentials';
import type { Env } from '@/env';
import { secretsOf } from '../security/bearer';
import { accountByProvider } from '../services/accounts/by-provider';
import { SESSION_MS, startSession } from '../services/accounts/start-session';
import type { ServiceContext } from '../services/context';
import { type Profile, providedIdentity, providersOf } from './providers';
import { type SignInDeps, verifySignIn } from './verify-sign-in';

/** Reach the sign-in page as the error's name. */
const TOO_MANY_ATTEMPTS = 'TooManyAttempts';
const UNCONFIRMED = 'Unconfirmed';

export interface SignInBrowser {
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** What signing in reaches; reading a session needs none of it. */
export interface SignInTools extends SignInDeps {
  readonly env: Env;
  readonly browser: SignInBrowser;
  readonly services: ServiceContext;
  readonly log?: { error(fields: object, message: string): void };
  /** Ends the row behind a cookie. */
  endSession(sessionId: string): Promise<void>;
}

/** What a session cookie is made and read with: a signed, encrypted JWT that names a row. */
export function sessionOptions(env: Env): Omit<NextAuthOptions, 'providers'> {
  const secrets = secretsOf(env.NEXTAUTH_SECRET);
  return {
    secret: secrets[0] ?? env.NEXTAUTH_SECRET,
    jwt: { decode: (params) => decodeWithAny(params, secrets) },
    session: { strategy: 'jwt', maxAge: SESSION_MS / 1000 },
    useSecureCookies: env.NEXTAUTH_URL?.startsWith('https://') ?? false,
    pages: { signIn: '/sign-in', error: '/sign-in' },
    callbacks: {
      // Nothing but the row's id: account, tenant and role are looked up for every request.
      session: ({ session, token }) => ({ expires: session.expires, sessionId: token.sid ?? null }),
    },
  };
}

/** A cookie made with a secret that is on its way out is still one. Throws what the last one threw. */
async function decodeWithAny(
  params: JWTDecodeParams,
  secrets: readonly string[],
): Promise<JWT | null> {
  let failure: unknown;
  for (const secret of secrets) {
    try {
      return await decode({ ...params, secret });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** NextAuth as Tallygate uses it: a password, and GitHub or Google where their variables are set. */
export function authOptions(tools: SignInTools): NextAuthOptions {
  const options = sessionOptions(tools.env);
  return {
    ...options,
    providers: [passwordProvider(tools), ...providersOf(tools.env)],
    callbacks: {
      ...options.callbacks,
      async signIn({ account, profile }) {
        if (account === null || account.type === 'credentials') return true;
        try {
          await accountOf(tools, account.provider, profile);
          return true;
        } catch (cause) {
          tools.log?.error({ err: cause, provider: account.provider }, 'sign-in refused');
          return false;
        }
      },
      async jwt({ token, user, account, profile }) {
        if (account === null || account === undefined) return token;
        const accountId =
          account.type === 'credentials'
            ? user.id
            : await accountOf(tools, account.provider, profile);
        const { userAgent } = tools.browser;
        const input = { accountId, userAgent };
        return { sid: await startSession({ ctx: tools.services, input }) };
      },
    },
    events: {
      async signOut({ token }) {
        if (token.sid !== undefined) await tools.endSession(token.sid);
      },
    },
  };
}

function passwordProvider(tools: SignInTools) {
  return CredentialsProvider({
    credentials: { email: { type: 'email' }, password: { type: 'password' } },
    async authorize(credentials) {
      const reply = await verifySignIn(tools, {
        email: String(credentials?.email ?? ''),
        password: String(credentials?.password ?? ''),
        address: tools.browser.address ?? 'unknown',
      });
      switch (reply.kind) {
        case 'too_many':
          throw new Error(TOO_MANY_ATTEMPTS);
        case 'unconfirmed':
          throw new Error(UNCONFIRMED);
        case 'refused':
          return null;
        case 'welcome': {
          const { id, email, name } = reply.account;
          return { id, email, name };
        }
      }
    },
  });
}

async function accountOf(
  { env, services }: SignInTools,
  provider: string,
  profile: Profile | undefined,
): Promise<string> {
  const input = providedIdentity(env, provider, profile);
  return (await accountByProvider({ ctx: services, input })).accountId;
}
