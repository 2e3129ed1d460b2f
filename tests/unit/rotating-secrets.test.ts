import { encode } from 'next-auth/jwt';
import { describe, expect, it, test } from 'vitest';
import { readEnv } from '@/env';
import { sessionOptions } from '@/server/auth/options';
import { bearerEquals } from '@/server/security/bearer';

const OLD = 'old-secret-of-some-length';
const NEW = 'new-secret-of-some-length';

const env = (secrets: Readonly<Record<string, string>>) =>
  readEnv({
    ...{ DATABASE_URL: 'postgres://h/d', REDIS_URL: 'off', ENCRYPTION_KEY: 'sixteen-characters' },
    ...{ NEXTAUTH_SECRET: NEW, ...secrets },
  });

describe('a bearer token that is changed', () => {
  it.each([NEW, OLD, `${NEW},${OLD}`])('%s is taken while both are valid', (given) => {
    expect(bearerEquals(`Bearer ${given}`, `${NEW},${OLD}`)).toBe(true);
  });

  it.each(['', ',', `${OLD},${NEW}`, `${NEW},`, NEW.slice(1), `${NEW}${OLD}`])(
    '%j is not',
    (given) => {
      expect(bearerEquals(`Bearer ${given}`, `${NEW},${OLD}`)).toBe(false);
    },
  );

  it('an empty one between two commas lets nobody in', () => {
    expect(bearerEquals('Bearer ', `${NEW},,${OLD}`)).toBe(false);
    expect(bearerEquals(null, `${NEW},,${OLD}`)).toBe(false);
  });
});

test.each(['ADMIN_TOKEN', 'CRON_SECRET', 'NEXTAUTH_SECRET'])(
  'each of several in %s is long enough',
  (name) => {
    expect(env({ [name]: `${NEW},${OLD}` })).toMatchObject({ [name]: `${NEW},${OLD}` });
    for (const short of [`${NEW},short`, `${NEW},`, `,${NEW}`]) {
      expect(() => env({ [name]: short })).toThrow(`${name} must have at least 16 characters`);
    }
  },
);

describe('a session', () => {
  const decode = async (token: string, secrets: string) => {
    const { jwt, secret } = sessionOptions(env({ NEXTAUTH_SECRET: secrets }));
    return await jwt?.decode?.({ token, secret: String(secret) });
  };

  it('made with either of two secrets is read, and made with the first', async () => {
    const sid = '0190a000-0000-7000-8000-000000000001';
    for (const secret of [OLD, NEW]) {
      const token = await encode({ token: { sid }, secret });
      expect(await decode(token, `${NEW},${OLD}`)).toMatchObject({ sid });
    }
    expect(sessionOptions(env({ NEXTAUTH_SECRET: `${NEW},${OLD}` })).secret).toBe(NEW);
  });

  it('made with a secret that was taken away, or changed, is none', async () => {
    const token = await encode({ token: {}, secret: OLD });
    await expect(decode(token, NEW)).rejects.toThrow('decryption');
    await expect(decode(`${token}x`, `${NEW},${OLD}`)).rejects.toThrow();
  });
});
