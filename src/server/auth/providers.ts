import type { Profile as NextAuthProfile } from 'next-auth';
import GoogleProvider from 'next-auth/providers/google';
import { z } from 'zod';
import type { Env } from '@/env';
import type { IdentityProvider } from '../domain/ports/accounts';
import type { ProvidedIdentity } from '../services/accounts/by-provider';
import { email as emailField } from '../services/accounts/fields';
import { NAME_LENGTH_MAX, name as nameField } from '../services/fields';
import { githubAddresses, githubProvider } from './github';

export type Profile = NextAuthProfile;

/** Which of the other houses may be asked: those whose variables are set. */
export const providerNames = (env: Env): readonly IdentityProvider[] => [
  ...(env.GITHUB_ID === undefined ? [] : (['github'] as const)),
  ...(env.GOOGLE_CLIENT_ID === undefined ? [] : (['google'] as const)),
];

export function providersOf(env: Env) {
  return [
    ...(env.GITHUB_ID === undefined || env.GITHUB_SECRET === undefined
      ? []
      : [
          githubProvider(githubAddresses(env), {
            clientId: env.GITHUB_ID,
            clientSecret: env.GITHUB_SECRET,
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
    /** Only where it is confirmed: see `githubProvider`. */
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
export function providedIdentity(
  env: Pick<Env, 'GITHUB_BASE_URL'>,
  provider: string,
  profile: unknown,
): ProvidedIdentity {
  switch (provider) {
    case 'github': {
      const { id, login, name, email } = profiles.github.parse(profile);
      const { enterpriseHost } = githubAddresses(env);
      const subject = enterpriseHost === null ? id : `${enterpriseHost}/${id}`;
      return { provider, subject, verifiedEmail: addressOf(email), name: nameOf(name, login) };
    }
    case 'google': {
      const { sub: subject, name, email, email_verified } = profiles.google.parse(profile);
      const verifiedEmail = email_verified ? addressOf(email) : null;
      return { provider, subject, verifiedEmail, name: nameOf(name, email) };
    }
    default:
      throw new Error(`No house is called ${provider}.`);
  }
}

/** Null for what could not sign up here either. */
const addressOf = (given: string | null | undefined): string | null =>
  emailField.safeParse(given).data ?? null;

/** As much of the name as anybody may have here; where there is none, the other. */
const nameOf = (given: string | null | undefined, other: string): string =>
  nameField.safeParse(given?.slice(0, NAME_LENGTH_MAX)).data ?? other.slice(0, NAME_LENGTH_MAX);
