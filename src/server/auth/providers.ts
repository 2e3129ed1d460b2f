import type { Profile as NextAuthProfile } from 'next-auth';
import GitHubProvider from 'next-auth/providers/github';
import GoogleProvider from 'next-auth/providers/google';
import { z } from 'zod';
import type { Env } from '@/env';
import type { IdentityProvider } from '../domain/ports/accounts';
import type { ProvidedIdentity } from '../services/accounts/by-provider';

export type Profile = NextAuthProfile;

/** Which of the other houses may be asked: those whose variables are set. */
export const providerNames = (env: Env): readonly IdentityProvider[] => [
  ...(env.GITHUB_ID === undefined ? [] : (['github'] as const)),
  ...(env.GOOGLE_CLIENT_ID === undefined ? [] : (['google'] as const)),
];

const githubEmails = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** The primary address, only where GitHub has confirmed it; the public one says nothing of that. */
async function confirmedGithubEmail(accessToken: string | undefined): Promise<string | null> {
  const reply = await fetch('https://api.github.com/user/emails', {
    headers: { authorization: `Bearer ${accessToken ?? ''}`, 'user-agent': 'tallygate' },
    signal: AbortSignal.timeout(10_000),
  });
  const parsed = githubEmails.safeParse(await reply.json());
  if (!parsed.success) return null;
  return parsed.data.find((one) => one.primary && one.verified)?.email ?? null;
}

export function providersOf(env: Env) {
  return [
    ...(env.GITHUB_ID === undefined || env.GITHUB_SECRET === undefined
      ? []
      : [
          GitHubProvider({
            clientId: env.GITHUB_ID,
            clientSecret: env.GITHUB_SECRET,
            userinfo: {
              url: 'https://api.github.com/user',
              async request({ client, tokens }) {
                const profile = await client.userinfo(tokens.access_token ?? '');
                const email = await confirmedGithubEmail(tokens.access_token);
                const { email: _, ...rest } = profile;
                return email === null ? rest : { ...rest, email };
              },
            },
          }),
        ]),
    ...(env.GOOGLE_CLIENT_ID === undefined || env.GOOGLE_CLIENT_SECRET === undefined
      ? []
      : [
          GoogleProvider({
            clientId: env.GOOGLE_CLIENT_ID,
            clientSecret: env.GOOGLE_CLIENT_SECRET,
          }),
        ]),
  ];
}

const profiles = {
  github: z.object({
    id: z.union([z.number(), z.string()]).transform(String),
    login: z.string(),
    name: z.string().nullish(),
    email: z.string().nullish(),
  }),
  google: z.object({
    sub: z.string(),
    name: z.string().nullish(),
    email: z.string(),
    email_verified: z.boolean(),
  }),
};

/** A profile as we need it. Throws where a house has sent something else. */
export function providedIdentity(provider: string, profile: unknown): ProvidedIdentity {
  switch (provider) {
    case 'github': {
      const { id, login, name, email } = profiles.github.parse(profile);
      const verifiedEmail = email?.toLowerCase() ?? null;
      return { provider: 'github', subject: id, verifiedEmail, name: name ?? login };
    }
    case 'google': {
      const { sub, name, email, email_verified } = profiles.google.parse(profile);
      const verifiedEmail = email_verified ? email.toLowerCase() : null;
      return { provider: 'google', subject: sub, verifiedEmail, name: name ?? email };
    }
    default:
      throw new Error(`No house is called ${provider}.`);
  }
}
