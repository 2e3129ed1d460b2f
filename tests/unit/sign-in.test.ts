import { beforeAll, describe, expect, it } from 'vitest';
import { createAttemptLimiter } from '@/server/auth/attempt-limiter';
import { clientAddress } from '@/server/auth/client-address';
import { hashPassword, verifyPassword } from '@/server/auth/password';
import { verifySignIn } from '@/server/auth/verify-sign-in';
import type { AccountDirectory, SignInAccount } from '@/server/domain/ports/sign-in';

const EMAIL = 'ada@example.com';
const PASSWORD = 'correct horse battery staple';
const MINUTE_MS = 60_000;

let account: SignInAccount;
beforeAll(async () => {
  const passwordHash = await hashPassword(PASSWORD);
  account = { id: 'a', email: EMAIL, name: 'Ada', passwordHash, isVerified: true };
});

function desk() {
  let nowMs = 0;
  const accounts: AccountDirectory = {
    findByEmail: async (email) => (email === EMAIL ? account : null),
    session: async () => null,
    memberships: async () => [],
  };
  const deps = { accounts, attempts: createAttemptLimiter(() => nowMs) };
  return {
    wait: (ms: number) => {
      nowMs += ms;
    },
    attempt: async (password: string, email = EMAIL, address = '203.0.113.7') =>
      (await verifySignIn(deps, { email, password, address })).kind,
  };
}

describe('passwords', () => {
  it('are kept as argon2id with a salt of their own', async () => {
    const [one, two] = await Promise.all([hashPassword('x'), hashPassword('x')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('never match an account that has none, nor a hash that is damaged', async () => {
    expect(await verifyPassword(null, 'no account has this password')).toBe(false);
    expect(await verifyPassword('$argon2id$nonsense', PASSWORD)).toBe(false);
    expect(await verifyPassword(account.passwordHash, PASSWORD)).toBe(true);
  });

  it('take as long to refuse without an account as with one', async () => {
    const timeOf = async (hash: string | null) => {
      const startedAt = performance.now();
      await verifyPassword(hash, 'wrong');
      return performance.now() - startedAt;
    };
    await timeOf(null);
    // In turns, and the fastest of many: other work on the machine meets both alike.
    let [without, withOne] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let run = 0; run < 12; run += 1) {
      without = Math.min(without, await timeOf(null));
      withOne = Math.min(withOne, await timeOf(account.passwordHash));
    }
    expect(without / withOne).toBeGreaterThan(1 / 3);
    expect(without / withOne).toBeLessThan(3);
  });
});

describe('signing in', () => {
  it('ignores case and blanks around the e-mail', async () => {
    expect(await desk().attempt(PASSWORD, '  ADA@Example.com ')).toBe('welcome');
  });

  it('answers an unknown account like a wrong password', async () => {
    const { attempt } = desk();
    expect(await attempt('wrong')).toBe('refused');
    expect(await attempt(PASSWORD, 'nobody@example.com')).toBe('refused');
    expect(await attempt(PASSWORD, '')).toBe('refused');
    expect(await attempt('x'.repeat(10_000))).toBe('refused');
  });

  it('closes an account to guessing from anywhere, whether or not it exists', async () => {
    for (const email of [EMAIL, 'nobody@example.com']) {
      const { attempt } = desk();
      for (let guess = 0; guess < 10; guess += 1) {
        expect(await attempt('wrong', email, `203.0.113.${guess}`)).toBe('refused');
      }
      expect(await attempt(PASSWORD, email, '198.51.100.1')).toBe('too_many');
    }
  });

  it('counts attempts that come at the same time', async () => {
    const { attempt } = desk();
    const kinds = await Promise.all(Array.from({ length: 30 }, () => attempt('wrong')));
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(10);
  });

  it('opens again when the window has passed, and at once after a success', async () => {
    const { attempt, wait } = desk();
    for (let guess = 0; guess < 9; guess += 1) await attempt('wrong');
    expect(await attempt(PASSWORD)).toBe('welcome');
    for (let guess = 0; guess < 10; guess += 1) await attempt('wrong');
    expect(await attempt(PASSWORD)).toBe('too_many');
    wait(15 * MINUTE_MS);
    expect(await attempt(PASSWORD)).toBe('welcome');
  });

  it('closes an address that tries many accounts; its own successes do not reset it', async () => {
    const { attempt } = desk();
    for (let guess = 0; guess < 49; guess += 1) await attempt('wrong', `user${guess}@example.com`);
    expect(await attempt(PASSWORD)).toBe('welcome');
    expect(await attempt('wrong', 'user49@example.com')).toBe('refused');
    expect(await attempt(PASSWORD)).toBe('too_many');
    expect(await attempt(PASSWORD, EMAIL, '198.51.100.1')).toBe('welcome');
  });

  it('counts the addresses that one subscriber has of IPv6, a /64, as one', async () => {
    const { attempt } = desk();
    const guess = (of: number, address: string) =>
      attempt('wrong', `user${of}@example.com`, address);
    for (let of = 0; of < 50; of += 1) {
      expect(await guess(of, `2001:db8:1:2:${of.toString(16)}::1`)).toBe('refused');
    }
    expect(await guess(50, '2001:db8:1:2:ffff::7')).toBe('too_many');
    expect(await guess(51, '2001:db8:1:3::7')).toBe('refused');
  });
});

describe('the address of a request', () => {
  it('is what the nearest proxy wrote, not what the client claims', () => {
    expect(clientAddress({ forwardedFor: '10.0.0.1, 203.0.113.9' })).toBe('203.0.113.9');
    expect(clientAddress({ forwardedFor: '203.0.113.9' })).toBe('203.0.113.9');
    expect(clientAddress({ forwardedFor: '' })).toBe('unknown');
    expect(clientAddress({ forwardedFor: null })).toBe('unknown');
  });
});
