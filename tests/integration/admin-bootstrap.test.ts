import { beforeEach, describe, expect, it } from 'vitest';
import { readEnv } from '@/env';
import { hashPassword, verifyPassword } from '@/server/auth/password';
import { generateApiKey } from '@/server/security/api-key';
import { bootstrapFromEnv } from '@/server/services/bootstrap/from-env';
import { runBootstrap } from '@/server/services/bootstrap/run';
import { auditLedger } from '@/server/stores/postgres/audit';
import { noQuotaStore } from '@/server/stores/redis/read-store';
import { type AdminHarness, hashKey, secretBox, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
beforeEach(async () => {
  admin = await startAdmin();
  return () => admin.close();
});

const TENANT = '0190a000-0000-7000-8000-00000000d3a0';
const API_KEY = generateApiKey();
const DEMO = {
  TALLYGATE_DEMO_TENANT_ID: TENANT,
  TALLYGATE_DEMO_EMAIL: 'Demo@Example.com',
  TALLYGATE_DEMO_PASSWORD: 'correct horse',
  TALLYGATE_DEMO_API_KEY: API_KEY,
};
const SIMULATOR = { TALLYGATE_SIMULATOR_URL: 'http://127.0.0.1:4010/v1/' };
const OPENAI = { OPENAI_API_KEY: 'sk-from-env' };

/** One start of an instance with these variables. */
const start = (variables: Record<string, string>) => {
  const env = readEnv({
    DATABASE_URL: admin.databaseUrl,
    REDIS_URL: 'off',
    NEXTAUTH_SECRET: 'a-secret-of-some-length',
    ENCRYPTION_KEY: 'a-secret-of-some-length',
    ...variables,
  });
  return runBootstrap({
    ctx: admin.serviceContext({ kind: 'system' }),
    input: bootstrapFromEnv(env, hashPassword),
  });
};
const count = async (table: string) => {
  const [row] = await admin.sql.unsafe<{ count: number }[]>(`select count(*)::int from ${table}`);
  return row?.count;
};
const upstream = async (name: string) => {
  const [row] = await admin.sql`select * from upstream where name = ${name}`;
  return row;
};

describe('the demo tenant', () => {
  it('has a balance that is a topup row, a login that works and the key that was given', async () => {
    expect(await start(DEMO)).toEqual({ tenantId: TENANT });
    const ledger = await admin.sql`
      select q.balance, t.trace_id, t.kind, t.amount, n.name from tenant n
      join tenant_quota q on q.tenant_id = n.id join billing_transaction t on t.tenant_id = n.id`;
    expect(ledger).toEqual([
      {
        balance: 5_000_000_000n,
        trace_id: 'demo-topup',
        kind: 'topup',
        amount: 5_000_000_000n,
        name: 'Demo',
      },
    ]);
    const [login] = await admin.sql`
      select a.email, a.password_hash, m.role, m.tenant_id from account a
      join membership m on m.account_id = a.id`;
    expect(login).toMatchObject({ email: 'demo@example.com', role: 'owner', tenant_id: TENANT });
    expect(await verifyPassword(login?.password_hash, 'correct horse')).toBe(true);
    const [key] = await admin.sql`select tenant_id, key_hash, status from api_key`;
    expect(key).toMatchObject({ tenant_id: TENANT, status: 'active' });
    expect(Buffer.from(key?.key_hash)).toEqual(hashKey(API_KEY));
    expect((await auditLedger(admin.sql, noQuotaStore)).report.ok).toBe(true);
  });

  it('is seeded once, whatever happened to it since', async () => {
    await start(DEMO);
    await admin.sql`update tenant set name = 'Renamed'`;
    await admin.sql`update api_key set status = 'revoked'`;
    const changed = { ...DEMO, TALLYGATE_DEMO_API_KEY: generateApiKey() };
    expect(await start(changed)).toEqual({ tenantId: TENANT });
    expect(await start({})).toEqual({ tenantId: TENANT });
    expect([await count('tenant'), await count('api_key'), await count('membership')]).toEqual([
      1, 1, 1,
    ]);
    expect(await count('billing_transaction')).toBe(1);
  });

  it('is seeded once by eight instances that start together', async () => {
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => start({ ...DEMO, ...SIMULATOR, ...OPENAI })),
    );
    expect(replies).toEqual(replies.map(() => ({ tenantId: TENANT })));
    expect(await count('billing_transaction')).toBe(1);
    expect(await count('upstream')).toBe(2);
  });

  it('is not seeded while any of its variables is missing, but later it is', async () => {
    const { TALLYGATE_DEMO_PASSWORD: _, ...incomplete } = DEMO;
    expect(await start(incomplete)).toEqual({ tenantId: null });
    expect(await count('tenant')).toBe(0);
    const { TALLYGATE_DEMO_TENANT_ID: __, ...withoutId } = DEMO;
    const { tenantId } = await start(withoutId);
    expect(tenantId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the simulator', () => {
  it('is an upstream with its models; only its address follows later starts', async () => {
    await start(SIMULATOR);
    expect(await upstream('simulator')).toMatchObject({
      base_url: 'http://127.0.0.1:4010/v1',
      built_in: true,
      api_key_encrypted: null,
    });
    const models = await admin.sql`
      select m.id, m.usage_source, u.upstream_model_name from model m
      join upstream_model u on u.public_name = m.id order by m.id`;
    expect(models.map((row) => row.id)).toEqual([
      'sim-embed',
      'sim-fast',
      'sim-reasoning',
      'sim-standard',
    ]);
    expect(models.find((row) => row.id === 'sim-reasoning')?.usage_source).toBe('upstream');
    await admin.sql`update upstream set weight = 9`;
    await admin.sql`update model set input_price = 1 where id = 'sim-fast'`;
    await start({ TALLYGATE_SIMULATOR_URL: 'http://127.0.0.1:5999/v1' });
    expect(await upstream('simulator')).toMatchObject({
      base_url: 'http://127.0.0.1:5999/v1',
      weight: 9,
    });
    const [fast] =
      await admin.sql`select input_price::int as price from model where id = 'sim-fast'`;
    expect(fast).toEqual({ price: 1 });
  });

  it('stays deleted once an operator deleted it, and its models too', async () => {
    await start(SIMULATOR);
    expect((await admin.rest('DELETE', 'upstreams/simulator')).status).toBe(204);
    expect((await admin.rest('DELETE', 'models/sim-fast')).status).toBe(204);
    await start(SIMULATOR);
    expect(await upstream('simulator')).toBeUndefined();
    expect(await count("model where id = 'sim-fast'")).toBe(0);
  });
});

describe('OpenAI', () => {
  it('follows the environment at each start; weight and models stay the operator’s', async () => {
    await start(OPENAI);
    const first = await upstream('openai');
    expect(first).toMatchObject({ base_url: 'https://api.openai.com/v1', built_in: false });
    expect(secretBox.open(first?.api_key_encrypted)).toBe('sk-from-env');
    const served = await admin.sql`
      select public_name, upstream_model_name from upstream_model where upstream_name = 'openai'`;
    expect(served).toEqual([{ public_name: '*', upstream_model_name: '*' }]);
    await admin.sql`update upstream set weight = 7, priority = 3 where name = 'openai'`;
    await start({ OPENAI_API_KEY: 'sk-rotated', OPENAI_BASE_URL: 'https://eu.example/v1/' });
    const second = await upstream('openai');
    expect(second).toMatchObject({ base_url: 'https://eu.example/v1', weight: 7, priority: 3 });
    expect(secretBox.open(second?.api_key_encrypted)).toBe('sk-rotated');
  });

  it('brings its models at list prices once, and leaves what an operator priced', async () => {
    await admin.rest('PUT', 'models/gpt-4o', { inputPrice: '1', outputPrice: '2' });
    await start(OPENAI);
    const prices = await admin.sql`
      select id, input_price::float as input, usage_source, tokenizer from model
      where id in ('gpt-4o', 'gpt-4o-mini', 'o3', 'text-embedding-3-small') order by id`;
    expect(prices).toEqual([
      { id: 'gpt-4o', input: 1, usage_source: 'counted', tokenizer: null },
      { id: 'gpt-4o-mini', input: 150, usage_source: 'counted', tokenizer: 'o200k_base' },
      { id: 'o3', input: 2000, usage_source: 'upstream', tokenizer: 'o200k_base' },
      {
        id: 'text-embedding-3-small',
        input: 20,
        usage_source: 'counted',
        tokenizer: 'cl100k_base',
      },
    ]);
    await admin.rest('DELETE', 'models/o3');
    await start(OPENAI);
    expect(await count("model where id = 'o3'")).toBe(0);
  });

  it('leaves no secret in the audit log', async () => {
    await start({ ...OPENAI, ...DEMO });
    const log = JSON.stringify(await admin.sql`select * from audit_log`);
    expect(log).toContain('bootstrap.upstream');
    for (const secret of ['sk-from-env', 'correct horse', API_KEY]) {
      expect(log).not.toContain(secret);
    }
  });
});
