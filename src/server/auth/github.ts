import GitHubProvider from 'next-auth/providers/github';
import { z } from 'zod';
import type { Env } from '@/env';

const PUBLIC_GITHUB = 'https://github.com';
const TIMEOUT_MS = 10_000;

/** Where people sign in, and where its REST API is. */
export interface GithubAddresses {
  readonly web: string;
  readonly api: string;
  /** Null: github.com. Ids are numbers that another GitHub gives to other people. */
  readonly enterpriseHost: string | null;
}

/** Of github.com, or of the GitHub Enterprise that the variable names: a server, or a `ghe.com`. */
export function githubAddresses(env: Pick<Env, 'GITHUB_BASE_URL'>): GithubAddresses {
  const { origin, host, protocol } = new URL(env.GITHUB_BASE_URL ?? PUBLIC_GITHUB);
  if (origin === PUBLIC_GITHUB) {
    return { web: origin, api: 'https://api.github.com', enterpriseHost: null };
  }
  const api = host.endsWith('.ghe.com') ? `${protocol}//api.${host}` : `${origin}/api/v3`;
  return { web: origin, api, enterpriseHost: host };
}

const emailsSchema = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** The primary address, only where GitHub has confirmed it; the public one says nothing of that. */
async function confirmedEmail(api: string, accessToken: string): Promise<string | null> {
  const reply = await fetch(`${api}/user/emails?per_page=100`, {
    headers: { authorization: `Bearer ${accessToken}`, 'user-agent': 'tallygate' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const parsed = emailsSchema.safeParse(await reply.json());
  if (!parsed.success) return null;
  return parsed.data.find((one) => one.primary && one.verified)?.email ?? null;
}

/** GitHub for NextAuth; the profile has an `email` only where it is confirmed. */
export function githubProvider(
  addresses: GithubAddresses,
  client: { readonly clientId: string; readonly clientSecret: string },
) {
  const { web, api } = addresses;
  return GitHubProvider({
    ...client,
    issuer: `${web}/login/oauth`,
    checks: ['pkce', 'state'],
    authorization: {
      url: `${web}/login/oauth/authorize`,
      params: { scope: 'read:user user:email' },
    },
    token: `${web}/login/oauth/access_token`,
    userinfo: {
      url: `${api}/user`,
      async request({ client: oauth, tokens }) {
        const accessToken = tokens.access_token ?? '';
        const { email: _, ...profile } = await oauth.userinfo(accessToken);
        const email = await confirmedEmail(api, accessToken);
        return email === null ? profile : { ...profile, email };
      },
    },
  });
}
