import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeSkew, skewMs } from '../../tools/doctor/checks/clocks';
import { checkDisk } from '../../tools/doctor/checks/disk';
import { judgeLatency } from '../../tools/doctor/checks/latency';
import { parseInfo } from '../../tools/doctor/checks/redis';
import { checkVariables } from '../../tools/doctor/checks/variables';
import { checkNode, checkRedisVersion } from '../../tools/doctor/checks/versions';
import { readSettings } from '../../tools/doctor/settings';

const SOUND = {
  DATABASE_URL: 'postgres://u@h/d',
  REDIS_URL: 'off',
  ADMIN_TOKEN: 'q8Zt4WnE6yHb1VfKs0DjXo3LrGu9PmCa',
  NEXTAUTH_SECRET: 'Bv5mS2kTgR7xNq9LdWc3HfJy8ZpAe6Uo',
  ENCRYPTION_KEY: 'Yf3v9Qk2LxTz7RbN5wHcJ8sPdMg4aUeK',
};

const judged = (env: Readonly<Record<string, string>>) =>
  checkVariables({ env: { ...SOUND, ...env }, kept: new Set(), dataDir: '' }).findings.map(
    ({ verdict, says }) => `${verdict} ${says}`,
  );

describe('variables', () => {
  it('sound ones are one line', () => {
    expect(judged({})).toEqual(['ok all are valid, as given']);
  });

  it.each([
    [{ ADMIN_TOKEN: 'change-me-please-change' }, 'fail ADMIN_TOKEN looks like an example'],
    [
      { ENCRYPTION_KEY: 'abababababababababababababababab' },
      'fail ENCRYPTION_KEY looks like an example',
    ],
    [{ CRON_SECRET: 'Xo3LrGu9PmCaq8Zt4WnE' }, 'warn CRON_SECRET has 20 characters, not 32'],
    [{ NEXTAUTH_SECRET: SOUND.ADMIN_TOKEN }, 'warn ADMIN_TOKEN and NEXTAUTH_SECRET are the same'],
    [{ TALLYGATE_FAILPOINT: 'booked=kill' }, 'fail TALLYGATE_FAILPOINT is set'],
    [{ HOST: '0.0.0.0' }, 'warn HOST is 0.0.0.0 and /api/metrics is open'],
    [
      { HOST: '0.0.0.0', NEXTAUTH_URL: 'http://x' },
      'warn HOST is 0.0.0.0 and NEXTAUTH_URL names no https://',
    ],
    [{ HOST: '::' }, 'warn HOST is :: and TRUST_PROXY is not set'],
    [{ NODE_ENV: 'development' }, 'warn NODE_ENV is development'],
    [{ MAIL_FROM: 'us@example.com' }, 'warn MAIL_FROM is set and SMTP_URL is not'],
    [{ PORT: 'x' }, 'fail PORT must be a whole number'],
  ])('%j is found', (env, says) => {
    expect(judged(env)).toContainEqual(expect.stringContaining(says));
  });
});

it('npm start’s own secrets and stores stand in for what no variable says, and a variable wins', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-settings-'));
  const quickstart = { databaseUrl: 'postgres://kept', redisUrl: null, portalUrl: 'http://p' };
  writeFileSync(path.join(folder, 'quickstart.json'), JSON.stringify(quickstart));
  const kept = { ADMIN_TOKEN: 'kept', ENCRYPTION_KEY: 'kept', postgresPassword: 'no variable' };
  writeFileSync(path.join(folder, 'secrets.json'), JSON.stringify(kept));
  const { env, kept: names } = readSettings({
    NODE_ENV: 'production',
    TALLYGATE_DATA_DIR: folder,
    ADMIN_TOKEN: 'given',
  });
  expect(env).toEqual({
    ...{ DATABASE_URL: 'postgres://kept', REDIS_URL: 'off', NEXTAUTH_URL: 'http://p' },
    ...{ ADMIN_TOKEN: 'given', ENCRYPTION_KEY: 'kept', TALLYGATE_DATA_DIR: folder },
    NODE_ENV: 'production',
  });
  expect(names.has('ENCRYPTION_KEY')).toBe(true);
  expect(names.has('ADMIN_TOKEN')).toBe(false);
  const elsewhere = readSettings({
    NODE_ENV: 'production',
    TALLYGATE_DATA_DIR: folder,
    DATABASE_URL: 'postgres://given',
  });
  expect(elsewhere.env.ENCRYPTION_KEY).toBeUndefined();
  rmSync(folder, { recursive: true });
});

it('a secret in a file is read from it, and a file that is not there is found', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-settings-'));
  const file = path.join(folder, 'admin_token');
  writeFileSync(file, 'change-me-please-change\n');
  const { ADMIN_TOKEN: _, ...others } = SOUND;
  const given = { NODE_ENV: 'production', ...others, ADMIN_TOKEN_FILE: file } as const;
  const settings = readSettings(given);
  expect(settings.env).toMatchObject({ ADMIN_TOKEN: 'change-me-please-change' });
  const says = 'ADMIN_TOKEN looks like an example, or can be guessed';
  expect(checkVariables(settings).findings).toContainEqual(expect.objectContaining({ says }));
  rmSync(folder, { recursive: true });
  const twice = checkVariables(readSettings({ ...given, ADMIN_TOKEN: SOUND.ADMIN_TOKEN })).findings;
  expect(twice.map(({ says: told }) => told)).toContain(
    'ADMIN_TOKEN and ADMIN_TOKEN_FILE are both set; keep one',
  );
  const gone = 'ADMIN_TOKEN_FILE names a file that cannot be read (ENOENT)';
  expect(checkVariables(readSettings(given)).findings).toMatchObject([
    { verdict: 'fail', says: gone },
  ]);
});

it('a data folder that is none is found', async () => {
  expect(await checkDisk(import.meta.filename)).toMatchObject([
    {
      verdict: 'fail',
      says: `${import.meta.filename} is no folder`,
      mend: expect.stringContaining('TALLYGATE_DATA_DIR'),
    },
  ]);
});

it('old versions are found', () => {
  expect(checkNode('20.18.3').verdict).toBe('fail');
  expect(checkNode('20.19.0').verdict).toBe('ok');
  expect(checkNode('24.1.0').verdict).toBe('ok');
  const redis = (text: string) => checkRedisVersion(parseInfo(text)).verdict;
  expect(redis('redis_version:6.0.16\r\n')).toBe('fail');
  expect(redis('redis_version:6.2.0\r\n')).toBe('ok');
  expect(redis('redis_version:7.2.4\r\nvalkey_version:8.1.1\r\n')).toBe('ok');
});

it('a clock is compared by the quickest answer, and judged by how far it is off', async () => {
  let at = 1_000;
  const tookMs = [400, 20, 300, 300, 300];
  const ms = await skewMs(
    async () => {
      const half = (tookMs.shift() ?? 0) / 2;
      at += half;
      const theirs = at + 5_000;
      // The slow ones are slow on the way back alone: their middle is no measure.
      at += half === 10 ? half : half * 3;
      return theirs;
    },
    () => at,
  );
  expect(ms).toBe(5_000);
  expect(judgeSkew('Redis', 5_000)).toMatchObject({
    verdict: 'warn',
    says: 'Redis is 5000 ms ahead of this machine',
  });
  expect(judgeSkew('Redis', -20_000).verdict).toBe('fail');
  expect(judgeSkew('Redis', 40).verdict).toBe('ok');
});

it('a slow store is found by its p95', () => {
  const bound = { what: 'a commit', p95MaxMs: 25, mend: 'quicker' };
  expect(judgeLatency(bound, { p50Ms: 1, p95Ms: 26 })).toMatchObject({
    verdict: 'warn',
    mend: 'quicker',
  });
  expect(judgeLatency(bound, { p50Ms: 1, p95Ms: 25 }).verdict).toBe('ok');
});
