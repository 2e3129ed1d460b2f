import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EnvError, readEnv } from '@/env';

const ENOUGH = {
  DATABASE_URL: 'postgres://user:pass@127.0.0.1:5432/tallygate',
  REDIS_URL: 'redis://127.0.0.1:6379',
  NEXTAUTH_SECRET: 'sixteen-characters',
  ENCRYPTION_KEY: 'sixteen-characters',
};

function complaint(variables: Readonly<Record<string, string | undefined>>): string {
  try {
    readEnv({ ...ENOUGH, ...variables });
  } catch (error) {
    expect(error).toBeInstanceOf(EnvError);
    return error instanceof EnvError ? error.message : '';
  }
  return '';
}

describe('without anything but the stores and the secrets', () => {
  test('the defaults are those of the README', () => {
    expect(readEnv(ENOUGH)).toEqual({
      ...ENOUGH,
      NODE_ENV: 'production',
      OTEL_SERVICE_NAME: 'tallygate',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      OTEL_TRACES_SAMPLER_ARG: 1,
      HOST: '127.0.0.1',
      PORT: 3000,
      LOG_LEVEL: 'info',
      DRAIN_MS: 30_000,
      DRAIN_DELAY_MS: 0,
      WEBHOOK_PRIVATE_HOSTS: [],
      WORKERS: 1,
      SIGN_UP: 'invitation',
      TRIAL_CREDIT: 0n,
      TALLYGATE_DATA_DIR: '.data',
    });
  });

  test('an empty variable counts as absent', () => {
    const names = [
      'PORT',
      'LOG_LEVEL',
      'DRAIN_MS',
      'WORKERS',
      'HOST',
      'ADMIN_TOKEN',
      'METRICS_TOKEN',
    ];
    const empty = Object.fromEntries(names.map((name) => [name, '']));
    expect(readEnv({ ...ENOUGH, ...empty })).toEqual(readEnv(ENOUGH));
  });

  test('a variable of somebody else is not read', () => {
    expect(readEnv({ ...ENOUGH, PATH: '/bin' })).not.toHaveProperty('PATH');
  });
});

test.each(Object.keys(ENOUGH))('%s is needed, and its absence named', (name) => {
  expect(complaint({ [name]: undefined })).toBe(`${name} is not set.`);
  expect(complaint({ [name]: '' })).toBe(`${name} is not set.`);
});

describe('a secret may be in a file', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-env-'));
  const write = (text: string): string => {
    const file = path.join(folder, String(text.length));
    writeFileSync(file, text);
    return file;
  };
  afterAll(() => rmSync(folder, { recursive: true }));

  test('which is read without its last line break', () => {
    const NEXTAUTH_SECRET_FILE = write('a-secret-of-a-file ');
    const ADMIN_TOKEN_FILE = write('an-admin-token-of-a-file\n');
    const { NEXTAUTH_SECRET, ...others } = ENOUGH;
    expect(readEnv({ ...others, NEXTAUTH_SECRET_FILE, ADMIN_TOKEN_FILE })).toMatchObject({
      NEXTAUTH_SECRET: 'a-secret-of-a-file ',
      ADMIN_TOKEN: 'an-admin-token-of-a-file',
    });
  });

  test('which must be there, must not be empty, and is judged as the variable is', () => {
    expect(complaint({ ADMIN_TOKEN_FILE: path.join(folder, 'none') })).toBe(
      'ADMIN_TOKEN_FILE names a file that cannot be read (ENOENT).',
    );
    expect(complaint({ ADMIN_TOKEN_FILE: write('\n') })).toBe(
      'ADMIN_TOKEN_FILE names an empty file.',
    );
    expect(complaint({ ADMIN_TOKEN_FILE: write('short') })).toBe(
      'ADMIN_TOKEN must have at least 16 characters.',
    );
  });

  test('but not in the variable too', () => {
    const secret = 'sixteen-characters!';
    expect(complaint({ ENCRYPTION_KEY: secret, ENCRYPTION_KEY_FILE: write(secret) })).toBe(
      'ENCRYPTION_KEY and ENCRYPTION_KEY_FILE are both set; keep one.',
    );
  });
});

describe('a right value is taken', () => {
  test.each([
    ['PORT', '1', 1],
    ['PORT', '65535', 65_535],
    ['DRAIN_MS', '0', 0],
    ['DRAIN_DELAY_MS', '5000', 5_000],
    ['TRUST_PROXY', '10.0.0.0/8, ::1', '10.0.0.0/8, ::1'],
    ['WORKERS', '256', 256],
    ['DATABASE_URL', 'postgresql://h/d', 'postgresql://h/d'],
    ['REDIS_URL', 'off', 'off'],
    ['REDIS_URL', 'rediss://user:pw@h:6380/0', 'rediss://user:pw@h:6380/0'],
    ['REDIS_URL', 'redis://a:1,redis://b:2', 'redis://a:1,redis://b:2'],
    ['REDIS_CLUSTER', '1', '1'],
    ['OPENAI_API_KEY', 'sk-x', 'sk-x'],
    ['OPENAI_BASE_URL', 'https://api.openai.com/v1', 'https://api.openai.com/v1'],
    ['ADMIN_TOKEN', 'a'.repeat(16), 'a'.repeat(16)],
    ['NEXTAUTH_URL', 'https://gate.example', 'https://gate.example'],
    ['CRON_SECRET', 'c'.repeat(16), 'c'.repeat(16)],
    ['METRICS_TOKEN', 'm', 'm'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://collector:4318', 'http://collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b,c=d%20e', 'a=b,c=d%20e'],
    ['OTEL_SERVICE_NAME', 'gate', 'gate'],
    ['OTEL_TRACES_SAMPLER', 'traceidratio', 'traceidratio'],
    ['OTEL_TRACES_SAMPLER_ARG', '0.25', 0.25],
    ['SIGN_UP', 'open', 'open'],
    ['TRIAL_CREDIT', '5000000000', 5_000_000_000n],
    ['SMTP_URL', 'smtps://user:pw@mail.example', 'smtps://user:pw@mail.example'],
    ['MAIL_FROM', 'Gate <gate@example.com>', 'Gate <gate@example.com>'],
    ['MAIL_FROM', 'gate@[192.0.2.1]', 'gate@[192.0.2.1]'],
    ['MAIL_FROM', '"Gate, Inc." <gate@localhost>', '"Gate, Inc." <gate@localhost>'],
    ['WEBHOOK_PRIVATE_HOSTS', 'Hooks.internal, [::1]:80', ['hooks.internal', '[::1]:80']],
    ['GITHUB_BASE_URL', 'https://git.example.com', 'https://git.example.com'],
    ['LOG_LEVEL', 'silent', 'silent'],
    ['HOST', '::', '::'],
    ['TALLYGATE_FAILPOINT', 'booked@3=kill', 'booked@3=kill'],
    ['TALLYGATE_SIMULATOR_URL', 'http://127.0.0.1:1/v1', 'http://127.0.0.1:1/v1'],
    ['TALLYGATE_DEMO_EMAIL', 'demo@example.com', 'demo@example.com'],
  ])('%s=%s', (name, given, read) => {
    expect(readEnv({ ...ENOUGH, [name]: given })).toMatchObject({ [name]: read });
  });
});

describe('a wrong value is a sentence that names the variable', () => {
  test.each([
    ['PORT', 'eighty', 'must be a whole number'],
    [
      'WEBHOOK_PRIVATE_HOSTS',
      'http://hooks.internal/x',
      'must be hosts such as hooks.internal or 10.0.0.7:8080, separated by commas',
    ],
    ['PORT', '80.5', 'must be a whole number'],
    ['PORT', '0', 'must be at least 1'],
    ['PORT', '65536', 'must be at most 65535'],
    ['PORT', 'NaN', 'must be a whole number'],
    ['DRAIN_MS', '-1', 'must be at least 0'],
    ['DRAIN_MS', '1e9', 'must be at most 3600000'],
    ['WORKERS', '0', 'must be at least 1'],
    ['TRUST_PROXY', 'yes', 'must be a count of proxies (0 to 16), or addresses and blocks'],
    ['WORKERS', '257', 'must be at most 256'],
    ['DATABASE_URL', 'mysql://h/d', 'must be a URL that begins with postgres:// or postgresql://'],
    ['DATABASE_URL', 'localhost', 'must be a URL that begins with postgres:// or postgresql://'],
    [
      'DATABASE_URL',
      'postgres://user:a/b@h/d',
      'must be a URL: in user and password @ is written %40, : %3A, / %2F, # %23, ? %3F, % %25',
    ],
    ['DATABASE_URL', 'postgres://user:a#b@h/d', 'must be a URL: in user and password'],
    ['SMTP_URL', 'smtp://user:a/b@h', 'must be a URL: in user and password'],
    ['REDIS_URL', 'redis://:a/b@h', 'must be a URL: in user and password'],
    ['REDIS_URL', 'redis://a,redis://:a/b@h', 'must be a URL: in user and password'],
    [
      'MAIL_FROM',
      'Tallygate',
      'must be an address, such as post@example.com or Us <post@example.com>',
    ],
    ['MAIL_FROM', 'Us <post@>', 'must be an address, such as'],
    ['MAIL_FROM', 'a@b.c, d@e.f', 'must be an address, such as'],
    ['REDIS_URL', 'localhost:6379', 'must be redis:// or rediss://'],
    ['REDIS_URL', 'redis://a,http://b', 'must be redis:// or rediss://'],
    ['REDIS_URL', 'OFF', 'must be redis:// or rediss://'],
    ['REDIS_CLUSTER', 'yes', 'must be 0 or 1'],
    ['OPENAI_BASE_URL', 'api.openai.com', 'must be a URL that begins with http:// or https://'],
    ['OPENAI_BASE_URL', 'file:///etc/passwd', 'must be a URL that begins with http:// or https://'],
    ['ADMIN_TOKEN', 'short', 'must have at least 16 characters'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'must be a URL that begins with http://'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'Bearer x', 'must be like name=value,name=value'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'must be one of always_on, always_off'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'must be a number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half', 'must be a number from 0 to 1'],
    ['NEXTAUTH_SECRET', 'short', 'must have at least 16 characters'],
    ['NEXTAUTH_URL', 'gate.example', 'must be a URL that begins with http:// or https://'],
    ['ENCRYPTION_KEY', 'short', 'must have at least 16 characters'],
    ['CRON_SECRET', 'short', 'must have at least 16 characters'],
    ['LOG_LEVEL', 'loud', 'must be one of fatal, error, warn, info, debug, trace, silent'],
    ['SIGN_UP', 'everybody', 'must be one of open, invitation, closed'],
    ['TRIAL_CREDIT', '-1', 'must be a whole number of nano-USD, not negative'],
    ['TRIAL_CREDIT', '0.5', 'must be a whole number of nano-USD, not negative'],
    ['SMTP_URL', 'mail.example', 'must be a URL that begins with smtp:// or smtps://'],
    ['GITHUB_BASE_URL', 'git.example', 'must be a URL that begins with http:// or https://'],
    ['NODE_ENV', 'prod', 'must be one of development, production, test'],
    ['TALLYGATE_FAILPOINT', 'nowhere=kill', 'must be like booked=kill'],
    ['TALLYGATE_SIMULATOR_URL', 'https://elsewhere', 'must be a URL that begins with http://'],
    ['TALLYGATE_DEMO_EMAIL', 'demo', 'must be an e-mail address'],
    ['TALLYGATE_DEMO_TENANT_ID', '7', 'must be a UUID'],
  ])('%s=%s', (name, value, what) => {
    const said = complaint({ [name]: value });
    expect(said).toMatch(/^[A-Z_]+ must .*\.$/);
    expect(said.startsWith(`${name} ${what}`)).toBe(true);
  });

  test('half of a pair names the other half', () => {
    expect(complaint({ GITHUB_ID: 'x' })).toBe(
      'GITHUB_SECRET must be set together with GITHUB_ID.',
    );
    expect(complaint({ GOOGLE_CLIENT_SECRET: 'x' })).toBe(
      'GOOGLE_CLIENT_ID must be set together with GOOGLE_CLIENT_SECRET.',
    );
    const both = { GITHUB_ID: 'x', GITHUB_SECRET: 'y' };
    expect(readEnv({ ...ENOUGH, ...both })).toMatchObject(both);
  });

  test('all wrong ones at once, each by name', () => {
    const said = complaint({ PORT: 'x', LOG_LEVEL: 'x', ENCRYPTION_KEY: undefined });
    for (const name of ['PORT must', 'LOG_LEVEL must', 'ENCRYPTION_KEY is not set']) {
      expect(said).toContain(name);
    }
  });

  test('no secret is quoted', () => {
    expect(
      complaint({ ADMIN_TOKEN: 's3cret', DATABASE_URL: 'mysql://u:s3cret@h/d' }),
    ).not.toContain('s3cret');
  });
});

test('every variable of the README is one that is read here or by the scripts', () => {
  const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
  const table = readme.slice(readme.indexOf('## Configuration'));
  const named = [...table.matchAll(/^\| (`[A-Z_`, ]+) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/[A-Z_]{2,}/g)].map(([name]) => name),
  );
  expect(named).toContain('WORKERS');
  const known = readFileSync(path.join(import.meta.dirname, '../../src/env.ts'), 'utf8');
  const scriptsOnly = ['TALLYGATE_NO_APT'];
  expect(
    named.filter((name) => !known.includes(`  ${name}:`) && !scriptsOnly.includes(name)),
  ).toEqual([]);
});
