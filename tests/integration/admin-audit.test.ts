import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newApiKeyId, newTransactionId, trustedTenantId } from '@/server/domain/ids';
import type { AuditReport } from '@/server/domain/ports/audit';
import { auditReport } from '@/server/services/audit/run';
import { auditLedger } from '@/server/stores/postgres/audit';
import { type AdminHarness, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
let redis: Redis;
const redisUrl = process.env.TEST_REDIS_URL ?? '';
const TODAY = new Date().toISOString().slice(0, 10);
const MONTH = TODAY.slice(0, 7);

const hashOf = (tenantId: string) => `gw:quota:tenant:${tenantId}`;
const readHash = (tenantId: string) => redis.hgetall(hashOf(tenantId));
const audit = () => auditLedger(admin.sql, readHash);
const broken = (report: AuditReport) =>
  report.invariants.filter((one) => !one.ok).map((one) => one.name);
const checked = (report: AuditReport, name: string) =>
  report.invariants.find((one) => one.name === name)?.checked;

beforeAll(async () => {
  redis = new Redis(redisUrl);
});
afterAll(() => redis.disconnect());

let tenantId: string;
let keyId: string;

/** A tenant with a topup of 1000 and two COMMITTED charges of 100 today, its key counting them. */
beforeEach(async () => {
  admin = await startAdmin();
  tenantId = (await admin.newTenant({ balance: '1000' })).id;
  keyId = newApiKeyId();
  await admin.sql`
    insert into api_key (id, tenant_id, name, key_hash, key_prefix)
    values (${keyId}, ${tenantId}, 'k', ${Buffer.from(keyId)}, 'tg-')`;
  for (const traceId of ['one', 'two']) {
    await admin.sql`
      insert into billing_transaction (id, tenant_id, api_key_id, trace_id, kind, status, amount,
        input_tokens, output_tokens, day, month)
      values (${newTransactionId()}, ${tenantId}, ${keyId}, ${traceId}, 'charge', 'COMMITTED', 100,
        3, 4, ${TODAY}, ${MONTH})`;
  }
  await admin.sql`
    update tenant_quota set balance = 800, daily_used = 2, daily_date = ${TODAY},
      monthly_used = 2, monthly_month = ${MONTH} where tenant_id = ${tenantId}`;
  for (const [type, used, period] of [
    ['daily_requests', 2, TODAY],
    ['monthly_tokens', 14, MONTH],
    ['total_amount', 200, ''],
    ['daily_amount', 0, ''],
  ] as const) {
    await admin.sql`
      insert into api_key_quota (id, api_key_id, quota_type, quota_limit, used, period)
      values (gen_random_uuid(), ${keyId}, ${type}, 1000, ${used}, ${period})`;
  }
  return async () => {
    await redis.del(hashOf(tenantId));
    await admin.close();
  };
});

describe('the audit over Postgres', () => {
  it('finds a sound ledger sound, and says how much it looked at', async () => {
    const report = await audit();
    expect(report.ok).toBe(true);
    expect(broken(report)).toEqual([]);
    expect(checked(report, 'ledger_adds_up')).toBe(1);
    expect(checked(report, 'key_quotas_counted')).toBe(4);
    expect(checked(report, 'stores_agree')).toBe(0);
  });

  it('sees a balance that is one nano off, and names the tenant', async () => {
    await admin.sql`update tenant_quota set balance = 801 where tenant_id = ${tenantId}`;
    const report = await audit();
    expect(report.ok).toBe(false);
    expect(broken(report)).toEqual(['ledger_adds_up']);
    expect(report.invariants[0]?.violations).toEqual([
      { tenantId, subject: 'balance', expected: '800', found: '801' },
    ]);
  });

  it('counts neither PENDING nor VOIDED rows as spent', async () => {
    for (const status of ['PENDING', 'VOIDED']) {
      await admin.sql`
        insert into billing_transaction (id, tenant_id, trace_id, kind, status, amount, day, month,
          lease_expires_at)
        values (${newTransactionId()}, ${tenantId}, ${status}, 'charge', ${status}, 50, ${TODAY},
          ${MONTH}, now() + interval '1 minute')`;
    }
    expect((await audit()).ok).toBe(true);
  });

  it('takes a key that was never used for what it is, whatever its quotas count', async () => {
    const idle = newApiKeyId();
    await admin.sql`
      insert into api_key (id, tenant_id, name, key_hash, key_prefix)
      values (${idle}, ${tenantId}, 'idle', ${Buffer.from(idle)}, 'tg-')`;
    for (const type of ['daily_requests', 'monthly_tokens', 'total_requests', 'total_amount']) {
      await admin.sql`
        insert into api_key_quota (id, api_key_id, quota_type, quota_limit)
        values (gen_random_uuid(), ${idle}, ${type}, 1000)`;
    }
    const report = await audit();
    expect(broken(report)).toEqual([]);
    expect(checked(report, 'key_quotas_counted')).toBe(8);
  });

  it('sees a hold whose lease ended longer ago than the sweeper needs', async () => {
    await admin.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, lease_expires_at)
      values (${newTransactionId()}, ${tenantId}, 'swept-soon', 'charge', 'PENDING',
          now() - interval '80 seconds'),
        (${newTransactionId()}, ${tenantId}, 'forgotten', 'charge', 'PENDING',
          now() - interval '100 seconds'),
        (${newTransactionId()}, ${tenantId}, 'without', 'charge', 'PENDING', null)`;
    const report = await audit();
    expect(broken(report)).toEqual(['no_abandoned_holds']);
    const found = report.invariants[1]?.violations.map((violation) => violation.subject);
    expect(found).toEqual(['forgotten', 'without']);
  });

  it.each([
    ['daily_use_counted', 'update tenant_quota set daily_used = 3'],
    ['monthly_use_counted', 'update tenant_quota set monthly_used = 1'],
    ['key_quotas_counted', "update api_key_quota set used = 1 where quota_type = 'daily_requests'"],
    [
      'key_quotas_counted',
      "update api_key_quota set used = 13 where quota_type = 'monthly_tokens'",
    ],
    ['key_quotas_counted', "update api_key_quota set used = 99 where quota_type = 'total_amount'"],
    ['key_quotas_counted', "update api_key_quota set used = 1 where quota_type = 'daily_amount'"],
  ])('sees %s broken by: %s', async (name, fault) => {
    await admin.sql.unsafe(fault);
    expect(broken(await audit())).toEqual([name]);
  });

  it('shows at most a hundred violations and still counts every tenant', async () => {
    await admin.sql`
      with made as (
        insert into tenant (id, name) select gen_random_uuid(), 'x' from generate_series(1, 150)
        returning id)
      insert into tenant_quota (tenant_id, balance) select id, 1 from made`;
    const [ledger] = (await audit()).invariants;
    expect(ledger?.checked).toBe(151);
    expect(ledger?.violations).toHaveLength(100);
  });
});

describe('the audit over Redis', () => {
  const sound = {
    balance: '800',
    credit_limit: '0',
    daily_limit: '',
    daily_used: '2',
    daily_date: TODAY,
    monthly_limit: '',
    monthly_used: '2',
  };

  it('compares a warm hash of a tenant at rest', async () => {
    await redis.hset(hashOf(tenantId), { ...sound, monthly_month: MONTH });
    const report = await audit();
    expect(report.ok).toBe(true);
    expect(checked(report, 'stores_agree')).toBe(1);
  });

  it('sees a figure that differs, except counters of another day or month', async () => {
    await redis.hset(hashOf(tenantId), {
      ...sound,
      balance: '799',
      daily_limit: '7',
      monthly_month: MONTH,
    });
    const report = await audit();
    expect(broken(report)).toEqual(['stores_agree']);
    expect(report.invariants.at(-1)?.violations).toEqual([
      { tenantId, subject: 'Redis balance', expected: '800', found: '799' },
      { tenantId, subject: 'Redis daily_limit', expected: '', found: '7' },
    ]);
    await redis.hset(hashOf(tenantId), {
      balance: '800',
      daily_limit: '',
      daily_used: '0',
      daily_date: '2020-01-01',
    });
    expect((await audit()).ok).toBe(true);
  });

  it('waits for a tenant whose hash is just behind', async () => {
    await redis.hset(hashOf(tenantId), { ...sound, balance: '900', monthly_month: MONTH });
    const late = setTimeout(() => redis.hset(hashOf(tenantId), { balance: '800' }), 250);
    expect((await audit()).ok).toBe(true);
    clearTimeout(late);
  });

  it('compares nothing while something is PENDING, or while Redis is away', async () => {
    await redis.hset(hashOf(tenantId), { balance: '1' });
    const away = await auditLedger(admin.sql, async () => null);
    expect([away.ok, checked(away, 'stores_agree')]).toEqual([true, 0]);
    await admin.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, lease_expires_at)
      values (${newTransactionId()}, ${tenantId}, 'open', 'charge', 'PENDING',
        now() + interval '1 minute')`;
    const busy = await audit();
    expect([busy.ok, checked(busy, 'stores_agree')]).toEqual([true, 0]);
  });
});

describe('GET audit and POST reconcile', () => {
  it('answers with the report', async () => {
    admin.runs.audit = audit;
    const reply = await admin.rest('GET', 'audit');
    expect(reply.status).toBe(200);
    expect(auditReport.parse(reply.body)).toMatchObject({ ok: true });
  });

  it('runs the reconciler now and answers with its figures', async () => {
    let runs = 0;
    admin.runs.reconcile = async () => {
      runs += 1;
      return { tenants: 3, rewarmed: 1 };
    };
    const reply = await admin.rest('POST', 'reconcile');
    expect([reply.status, reply.body, runs]).toEqual([200, { tenants: 3, rewarmed: 1 }, 1]);
    expect((await admin.rest('POST', 'reconcile', {})).status).toBe(200);
  });
});

describe('npm run audit', () => {
  const run = (...flags: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/audit.ts', ...flags], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: admin.databaseUrl, REDIS_URL: redisUrl },
    });

  it('exits 0 when all holds, 1 with the tenant named when not, and --repair mends Redis alone', async () => {
    const sound = run();
    expect([sound.stderr, sound.status]).toEqual(['', 0]);
    expect(sound.stdout).toContain('ledger_adds_up');
    await redis.hset(hashOf(tenantId), { balance: '1' });
    const off = run();
    expect(off.status).toBe(1);
    expect(off.stdout).toContain(`tenant ${trustedTenantId(tenantId)}: Redis balance is 1`);
    const [row] = await admin.sql`select balance from tenant_quota where tenant_id = ${tenantId}`;
    const mended = run('--repair');
    expect(mended.status).toBe(0);
    expect(mended.stdout).toContain(`rebuilt tenant ${tenantId}'s hash`);
    expect(await redis.hget(hashOf(tenantId), 'balance')).toBe(String(row?.balance));
    const [after] = await admin.sql`select balance from tenant_quota where tenant_id = ${tenantId}`;
    expect(after).toEqual(row);
  });
});
