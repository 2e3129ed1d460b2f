import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readEnv } from '@/env';
import { type Container, createContainer } from '@/server/container';
import { Cancellation } from '@/server/domain/cancellation';
import { createPostgresClient, type PostgresClient } from '@/server/stores/postgres/client';
import { SEALED, sealAnew } from '@/server/stores/postgres/key-pepper';
import type { TestTenant } from '../helpers/admin-client';
import { startGateway, TEST_SECRETS, type TestGateway } from '../helpers/gateway';

const OLD = TEST_SECRETS.ENCRYPTION_KEY;
const NEW = 'another-encryption-key-for-tests';

let gateway: TestGateway;
let client: PostgresClient;
let tenant: TestTenant;

beforeAll(async () => {
  gateway = await startGateway();
  client = createPostgresClient(gateway.database.url);
  tenant = await gateway.admin.newTenant({ balance: '1000000000' });
  await gateway.admin.call('PUT', 'upstreams/sim', {
    ...{ baseUrl: gateway.simulator.url, apiKey: 'sk-a-secret-of-the-upstream' },
    models: { '*': '*' },
  });
});

afterAll(async () => {
  await client.close();
  await gateway.close();
});

/** An instance that starts now, over the same stores, with these keys. */
async function withInstance<T>(
  keys: { readonly ENCRYPTION_KEY: string; readonly ENCRYPTION_KEY_PREVIOUS?: string },
  use: (container: Container) => Promise<T>,
): Promise<T> {
  const { env } = gateway.container;
  const container = await createContainer(
    readEnv({
      ...{ ...TEST_SECRETS, ...keys, LOG_LEVEL: 'silent' },
      ...{ DATABASE_URL: env.DATABASE_URL, REDIS_URL: env.REDIS_URL },
      TALLYGATE_DATA_DIR: env.TALLYGATE_DATA_DIR,
    }),
  );
  try {
    return await use(container);
  } finally {
    await container.drain(1_000);
  }
}

/** Whether it knows the tenant's key, and can open the upstream's. */
async function serves(
  container: Container,
  apiKey = tenant.apiKey,
): Promise<{ key: number; secret: string | null }> {
  const reply = await container.handle({
    ...{ method: 'GET', path: '/balance', remoteAddress: '127.0.0.1' },
    header: (name) => (name === 'authorization' ? `Bearer ${apiKey}` : undefined),
    readBody: async () => new Uint8Array(),
    signal: new Cancellation(),
  });
  const routes = await container.catalogue.routes('sim-fast').catch(() => []);
  return { key: reply.status, secret: routes[0]?.apiKey ?? null };
}

const SERVED = { key: 200, secret: 'sk-a-secret-of-the-upstream' };

const OTHER_KEY = 'This database is sealed with another ENCRYPTION_KEY.';
const kept = async (): Promise<number> =>
  (await client.sql`select from setting where name = 'api_key_pepper'`).length;
const forget = () => client.sql`delete from setting where name = 'api_key_pepper'`;

it('a database knows its ENCRYPTION_KEY from its first start: an instance with another does not start', async () => {
  expect(await kept()).toBe(1);
  await expect(withInstance({ ENCRYPTION_KEY: NEW }, serves)).rejects.toThrow(OTHER_KEY);
  expect(await withInstance({ ENCRYPTION_KEY: OLD }, serves)).toEqual(SERVED);
});

it('a database that is older than that knows it by the keys of its upstreams, and keeps it', async () => {
  await forget();
  await expect(withInstance({ ENCRYPTION_KEY: NEW }, serves)).rejects.toThrow(OTHER_KEY);
  const turned = { ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD };
  await expect(withInstance(turned, serves)).rejects.toThrow(OTHER_KEY);
  expect(await kept()).toBe(0);
  expect(await withInstance({ ENCRYPTION_KEY: OLD }, serves)).toEqual(SERVED);
  expect(await kept()).toBe(1);
});

it('where nothing proves it, a database that is in use keeps nothing', async () => {
  await forget();
  const rows = await client.sql`
    with gone as (update upstream set api_key_encrypted = null where name = 'sim' returning name)
    select u.api_key_encrypted as sealed from upstream u join gone using (name)`;
  expect((await withInstance({ ENCRYPTION_KEY: NEW }, serves)).key).toBe(401);
  expect((await withInstance({ ENCRYPTION_KEY: OLD }, serves)).key).toBe(200);
  expect(await kept()).toBe(0);
  await client.sql`update upstream set api_key_encrypted = ${rows[0]?.sealed} where name = 'sim'`;
});

it('ENCRYPTION_KEY is changed by turns: at every step instances of both kinds know every key and secret', async () => {
  const [first, second] = [
    { ENCRYPTION_KEY: OLD, ENCRYPTION_KEY_PREVIOUS: NEW },
    { ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD },
  ];
  expect(await withInstance(first, serves)).toEqual(SERVED);
  await withInstance(first, async (running) => {
    expect(await sealAnew(client.sql, NEW, OLD)).toBe(2);
    expect(await serves(running)).toEqual(SERVED);
  });
  expect(await withInstance(first, serves)).toEqual(SERVED);
  expect(await withInstance(second, serves)).toEqual(SERVED);
  expect(await sealAnew(client.sql, NEW, OLD)).toBe(2);
  expect(await withInstance({ ENCRYPTION_KEY: NEW }, serves)).toEqual(SERVED);
});

it('npm run rotate-encryption-key takes everything out of files, as an instance does', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-rotate-'));
  const files = Object.entries({
    ...{ ...TEST_SECRETS, ENCRYPTION_KEY: NEW, ENCRYPTION_KEY_PREVIOUS: OLD },
    ...{ DATABASE_URL: gateway.database.url, REDIS_URL: gateway.container.env.REDIS_URL },
  }).map(([name, value]) => {
    const file = path.join(folder, name);
    writeFileSync(file, value);
    return [`${name}_FILE`, file];
  });
  const { stdout, stderr } = spawnSync('npm', ['run', '--silent', 'rotate-encryption-key'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...Object.fromEntries(files) },
  });
  expect([stdout.trim(), stderr]).toEqual(['2 secrets sealed with ENCRYPTION_KEY.', '']);
  rmSync(folder, { recursive: true });
});

it('every column of bytes is sealed anew, or is a hash or an answer', async () => {
  const rows = await client.sql<{ name: string }[]>`
    select table_name || '.' || column_name as name from information_schema.columns
    where table_schema = 'public' and data_type = 'bytea' order by 1`;
  const notSealed = rows
    .map(({ name }) => name)
    .filter((name) => !/_hash$|stored_answer\.body$/.test(name));
  expect(notSealed).toEqual(SEALED.map((place) => place.join('.')).sort());
});

it('afterwards the old one opens nothing, and an instance that has it alone does not start', async () => {
  await expect(withInstance({ ENCRYPTION_KEY: OLD }, serves)).rejects.toThrow(OTHER_KEY);
  await expect(sealAnew(client.sql, 'a-third-encryption-key', OLD)).rejects.toThrow();
  expect(await withInstance({ ENCRYPTION_KEY: NEW }, serves)).toEqual(SERVED);
});

it('a key that an instance made which began before the change is known after it', async () => {
  const later = await gateway.admin.newKey(tenant.id);
  const known = await withInstance({ ENCRYPTION_KEY: NEW }, (one) => serves(one, later.apiKey));
  expect(known.key).toBe(200);
});
