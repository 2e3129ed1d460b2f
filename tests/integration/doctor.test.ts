import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecretBox } from '@/server/security/secret-box';
import { sealAnew } from '@/server/stores/postgres/key-pepper';
import { DATABASE_FUNCTIONS } from '@/server/stores/postgres/migrate';
import { examine } from '../../tools/doctor/examine';
import type { Finding } from '../../tools/doctor/finding';
import { startSimulator } from '../../tools/simulator/server';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { freePort } from '../helpers/free-port';
import { sharedRedisUrl } from '../helpers/redis';

const ROOT = path.join(import.meta.dirname, '../..');
const ENCRYPTION_KEY = 'Yf3v9Qk2LxTz7RbN5wHcJ8sPdMg4aUeK';

let database: TestDatabase;
let simulator: Awaited<ReturnType<typeof startSimulator>>;
let redis: Redis;
let dataDir: string;

beforeAll(async () => {
  database = await createDatabase();
  simulator = await startSimulator({ port: 0 });
  redis = new Redis(sharedRedisUrl());
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-doctor-'));
  await putUpstream('sim', simulator.url, ENCRYPTION_KEY);
});

afterAll(async () => {
  redis.disconnect();
  await simulator.close();
  await database.drop();
  rmSync(dataDir, { recursive: true });
});

async function putUpstream(name: string, baseUrl: string, key: string): Promise<void> {
  const sealed = Buffer.from(createSecretBox(key).seal('sk-upstream-secret-canary'));
  await database.sql`
    insert into upstream (name, base_url, api_key_encrypted) values (${name}, ${baseUrl}, ${sealed})`;
  await database.sql`
    insert into upstream_model (upstream_name, public_name, upstream_model_name)
    values (${name}, ${name}, ${name})`;
}

const environment = () => ({
  DATABASE_URL: database.url,
  REDIS_URL: sharedRedisUrl(),
  ADMIN_TOKEN: 'q8Zt4WnE6yHb1VfKs0DjXo3LrGu9PmCa',
  NEXTAUTH_SECRET: 'Bv5mS2kTgR7xNq9LdWc3HfJy8ZpAe6Uo',
  ENCRYPTION_KEY,
});

const diagnose = (env: Readonly<Record<string, string>> = {}): Promise<Finding[]> =>
  examine({ env: { ...environment(), ...env }, kept: new Set(), dataDir }, ROOT);

const verdictsOf = (findings: readonly Finding[], verdict: Finding['verdict']): string[] =>
  findings.filter((one) => one.verdict === verdict).map(({ area, says }) => `${area}: ${says}`);

it('a sound installation has nothing to mend, but that the tests’ Postgres does not wait for the disk', async () => {
  const findings = await diagnose();
  expect(verdictsOf(findings, 'fail')).toEqual([
    'postgres: fsync is off: a power cut may take committed charges, or the whole database',
  ]);
  expect(verdictsOf(findings, 'ok')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^versions: Node\.js /),
      expect.stringMatching(/^versions: PostgreSQL \d/),
      expect.stringMatching(/^versions: (Redis|Valkey) \d/),
      expect.stringMatching(/^migrations: \d+ applied, as shipped$/),
      `migrations: this build's functions are there`,
      'redis: maxmemory-policy is noeviction',
      'redis: keeps an append-only file (appendfsync everysec)',
      'upstreams: sim answers (200 to GET models)',
      'disk: nothing waits in the spool',
      'backlog: nothing waits in the spool in Redis',
    ]),
  );
  const areas = new Set(findings.map(({ area }) => area));
  expect([...areas]).toEqual(expect.arrayContaining(['clocks', 'latency', 'variables']));
});

it('a Redis that would evict, or keeps nothing, is found, and how to mend it', async () => {
  await redis.config('SET', 'maxmemory', '100mb');
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await redis.config('SET', 'appendonly', 'no');
  const findings = await diagnose();
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.config('SET', 'maxmemory', '0');
  await redis.config('SET', 'appendonly', 'yes');
  expect(findings).toContainEqual(
    expect.objectContaining({
      ...{ area: 'redis', verdict: 'fail' },
      says: expect.stringContaining('maxmemory-policy is allkeys-lru'),
      mend: expect.stringContaining('noeviction'),
    }),
  );
  expect(findings).toContainEqual(
    expect.objectContaining({
      ...{ area: 'redis', verdict: 'warn' },
      mend: expect.stringContaining('appendonly yes'),
    }),
  );
});

it('what waits for somebody is found: a refused settlement, a spool, a damaged file of it', async () => {
  await mkdir(path.join(dataDir, 'spool'));
  writeFileSync(path.join(dataDir, 'spool', 'a.jsonl'), '{}\n');
  writeFileSync(path.join(dataDir, 'spool', 'b.jsonl.unreadable'), 'x');
  await database.sql`
    insert into billing_quarantine (transaction_id, attempt, tenant_id, trace_id, settlement, reason)
    values (gen_random_uuid(), 1, gen_random_uuid(), 't', '{}', 'no such key')`;
  const findings = await diagnose();
  expect(verdictsOf(findings, 'fail')).toEqual(
    expect.arrayContaining([
      'backlog: 1 settlements in the quarantine',
      `disk: 1 files in ${dataDir}/spool could not be read`,
    ]),
  );
  expect(verdictsOf(findings, 'warn')).toContain(`disk: 1 settlements wait in ${dataDir}/spool`);
  await database.sql`update billing_quarantine set resolution = 'dismissed'`;
});

it('an upstream that is away, and one whose key another ENCRYPTION_KEY sealed, are found', async () => {
  await putUpstream('gone', `http://127.0.0.1:${await freePort()}/v1`, ENCRYPTION_KEY);
  expect(verdictsOf(await diagnose(), 'fail')).toContain(
    'upstreams: gone does not answer (ECONNREFUSED)',
  );
  const findings = await diagnose({ ENCRYPTION_KEY: 'another-Yf3v9Qk2LxTz7RbN5wHcJ8sP' });
  expect(verdictsOf(findings, 'fail')).toContain(
    'upstreams: the keys of gone, sim cannot be opened with this ENCRYPTION_KEY',
  );
});

it('a database that was sealed with another ENCRYPTION_KEY is found by its API keys as well', async () => {
  await sealAnew(database.sql, 'another-key-of-some-length', ENCRYPTION_KEY);
  const says = 'keys: API keys are hashed under what another ENCRYPTION_KEY seals';
  expect(verdictsOf(await diagnose(), 'fail')).toContain(says);
  await sealAnew(database.sql, ENCRYPTION_KEY, 'another-key-of-some-length');
  expect(verdictsOf(await diagnose(), 'fail')).not.toContain(says);
});

it('why Redis does not serve us is said', async () => {
  const port = await freePort();
  const away = await diagnose({ REDIS_URL: `redis://127.0.0.1:${port}` });
  expect(verdictsOf(away, 'fail')).toContainEqual(
    expect.stringMatching(
      /^redis: REDIS_URL leads to no Redis that serves us \(connect ECONNREFUSED/,
    ),
  );
  const shut = await diagnose({ REDIS_URL: sharedRedisUrl().replace(/:[^:@]+@/, ':wrong-one@') });
  expect(verdictsOf(shut, 'fail')).toContainEqual(
    expect.stringMatching(/^redis: REDIS_URL leads to no Redis that serves us \(WRONGPASS/),
  );
  const alone = await diagnose({ REDIS_CLUSTER: '1' });
  expect(verdictsOf(alone, 'fail')).toContainEqual(
    expect.stringMatching(/^redis: .*cluster support disabled/),
  );
});

it('a mail server is asked, and why it does not take letters is said', async () => {
  const server = new SMTPServer({
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) =>
      password === 'right' ? done(null, { user: 'us' }) : done(new Error('Wrong password')),
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const mail = async (url: string) =>
    (await diagnose({ SMTP_URL: url })).filter(({ area }) => area === 'mail');
  expect(await mail(`smtp://us:right@127.0.0.1:${port}`)).toMatchObject([
    { verdict: 'ok', says: 'SMTP_URL leads to a mail server that lets us in' },
  ]);
  const [shut] = await mail(`smtp://us:not-this-one@127.0.0.1:${port}`);
  expect(shut).toMatchObject({ verdict: 'fail', says: expect.stringContaining('Wrong password') });
  expect(shut?.says).not.toContain('not-this-one');
  await new Promise<void>((resolve) => server.close(resolve));
  const [away] = await mail(`smtp://us:right@127.0.0.1:${port}`);
  expect(away).toMatchObject({ verdict: 'fail', says: expect.stringContaining('ECONNREFUSED') });
});

it('nothing that it says has a secret in it, whatever is wrong', async () => {
  const canary = 'Canary7Kx2Wq9Zt4Lm';
  const port = await freePort();
  const all = [
    ...(await diagnose()),
    ...(await diagnose({
      DATABASE_URL: `postgres://${canary}:${canary}@127.0.0.1:${port}/${canary}`,
    })),
    ...(await diagnose({ DATABASE_URL: database.url.replace(/:[^:@]+@/, `:${canary}@`) })),
    ...(await diagnose({ REDIS_URL: sharedRedisUrl().replace(/:[^:@]+@/, `:${canary}@`) })),
    ...(await diagnose({ DATABASE_URL: `mysql://u:${canary}@h/d`, ADMIN_TOKEN: 'short' })),
  ];
  const said = JSON.stringify(all);
  const { password } = new URL(database.url);
  const secrets = [
    canary,
    password,
    new URL(sharedRedisUrl()).password,
    'sk-upstream-secret-canary',
  ];
  for (const secret of [...secrets, ...Object.values(environment()).slice(2)]) {
    expect(said).not.toContain(secret);
  }
  expect(verdictsOf(all, 'fail')).toEqual(
    expect.arrayContaining([
      expect.stringContaining('DATABASE_URL leads to no PostgreSQL that serves us'),
      expect.stringContaining('REDIS_URL leads to no Redis that serves us'),
      'variables: DATABASE_URL must be a URL that begins with postgres:// or postgresql://',
      'variables: ADMIN_TOKEN must have at least 16 characters',
    ]),
  );
});

it('a database of another build is found: a function that is gone, a migration that is not applied', async () => {
  const [settle] = DATABASE_FUNCTIONS;
  await database.sql.unsafe(`drop function ${settle.name}`);
  const says = `migrations: ${settle.name} not there`;
  expect(verdictsOf(await diagnose(), 'fail')).toContain(says);
  await database.sql`
    delete from drizzle.__drizzle_migrations
    where id = (select max(id) from drizzle.__drizzle_migrations)`;
  expect(verdictsOf(await diagnose(), 'fail')).toContainEqual(
    expect.stringMatching(/^migrations: \d+_\w+ not applied$/),
  );
  await database.sql`update drizzle.__drizzle_migrations set hash = 'other' where id = 1`;
  expect(verdictsOf(await diagnose(), 'fail')).toContain(
    'migrations: 0000_first_light was applied with another text than this build has',
  );
});
