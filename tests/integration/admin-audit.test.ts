import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newApiKeyId, newTransactionId, operationId, trustedTenantId } from '@/server/domain/ids';
import type { AuditReport } from '@/server/domain/ports/audit';
import { auditReport } from '@/server/services/audit/run';
import { type AuditOptions, auditLedger } from '@/server/stores/postgres/audit';
import { createPostgresClient } from '@/server/stores/postgres/client';
import { createRedisClient, type RedisClient, waitUntilReady } from '@/server/stores/redis/client';
import { createQuotaStoreReader, noQuotaStore } from '@/server/stores/redis/read-store';
import { type AdminHarness, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
let redis: RedisClient;
const redisUrl = process.env.TEST_REDIS_URL ?? '';
const TODAY = new Date().toISOString().slice(0, 10);
const MONTH = TODAY.slice(0, 7);

const hashOf = (tenantId: string) => `gw:quota:tenant:${tenantId}`;
const operationsOf = (tenantId: string) => `{${hashOf(tenantId)}}:ops`;
const run = (options?: AuditOptions) =>
  auditLedger(admin.sql, createQuotaStoreReader(redis), options);
const audit = async () => (await run()).report;
const broken = (report: AuditReport) =>
  report.invariants.filter((one) => !one.ok).map((one) => one.name);
const invariant = (report: AuditReport, name: string) => {
  const found = report.invariants.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no invariant ${name}.`);
  return found;
};
const checked = (report: AuditReport, name: string) => invariant(report, name).checked;

beforeAll(async () => {
  redis = createRedisClient(redisUrl, false);
  await waitUntilReady(redis, 5_000);
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
        balance_after, input_tokens, output_tokens, day, month, committed_at)
      values (${newTransactionId()}, ${tenantId}, ${keyId}, ${traceId}, 'charge', 'COMMITTED', 100,
        ${traceId === 'one' ? 900 : 800}, 3, 4, ${TODAY}, ${MONTH}, now())`;
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
    await redis.del(hashOf(tenantId), operationsOf(tenantId));
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
    const { violations, checked: pending } = invariant(report, 'no_abandoned_holds');
    expect(violations.map(({ subject }) => subject)).toEqual(['forgotten', 'without']);
    expect(pending).toBe(3);
  });

  it('sees a settlement that nobody has resolved', async () => {
    const row = { transaction_id: newTransactionId(), attempt: 1, tenant_id: tenantId };
    await admin.sql`
      insert into billing_quarantine ${admin.sql({ ...row, trace_id: 'refused', settlement: {}, reason: 'no such key' })}`;
    const report = await audit();
    expect(invariant(report, 'quarantine_empty').violations).toEqual([
      { tenantId, subject: 'refused', expected: 'booked', found: 'refused: no such key' },
    ]);
    await admin.sql`update billing_quarantine set resolution = 'dismissed'`;
    expect((await audit()).ok).toBe(true);
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
    [
      'key_quotas_counted',
      "update api_key_quota set used = 1, period = '2020-01-01' where quota_type = 'daily_amount'",
    ],
    ['ledger_adds_up', 'delete from tenant_quota'],
    [
      'balances_chain',
      "insert into billing_transaction (id, tenant_id, trace_id, kind, status, amount, balance_after, committed_at) select gen_random_uuid(), id, 'strayed', 'charge', 'COMMITTED', 100, 701, now() from tenant; update tenant_quota set balance = 700",
    ],
    [
      'rows_are_whole',
      "insert into billing_transaction (id, tenant_id, trace_id, kind, status, amount, balance_after) select gen_random_uuid(), id, 'undated', 'charge', 'COMMITTED', 0, 800 from tenant",
    ],
    [
      'rows_are_whole',
      "insert into billing_transaction (id, tenant_id, trace_id, kind, status, committed_at) select gen_random_uuid(), id, 'dated', 'charge', 'VOIDED', now() from tenant",
    ],
    [
      'rows_are_whole',
      "insert into billing_transaction (id, tenant_id, trace_id, kind, status, hold) select gen_random_uuid(), id, 'negative', 'charge', 'VOIDED', -1 from tenant",
    ],
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
    const told: string[] = [];
    const { report } = await run({ onViolation: (name) => told.push(name) });
    expect(invariant(report, 'ledger_adds_up')).toMatchObject({ checked: 151, broken: 150 });
    expect(invariant(report, 'ledger_adds_up').violations).toHaveLength(100);
    expect(told).toHaveLength(150);
  });

  it('sees a charge to the key of another tenant, and names both', async () => {
    const other = await admin.newTenant();
    await admin.sql`
      insert into billing_transaction (id, tenant_id, api_key_id, trace_id, kind, status)
      values (${newTransactionId()}, ${other.id}, ${keyId}, 'strayed', 'charge', 'VOIDED')`;
    expect(invariant(await audit(), 'rows_are_whole').violations).toEqual([
      {
        tenantId: other.id,
        subject: `key ${keyId}`,
        expected: 'a key of its own',
        found: `a key of tenant ${tenantId}`,
      },
    ]);
  });

  it('looks at every tenant once, page by page, and tells how far it is', async () => {
    await admin.sql`
      with made as (
        insert into tenant (id, name) select gen_random_uuid(), 'x' from generate_series(1, 10)
        returning id)
      insert into tenant_quota (tenant_id) select id from made`;
    // So many rows for each tenant, as the planner believes, that a page has one.
    await admin.sql`update pg_class set reltuples = 1e9 where oid = 'billing_transaction'::regclass`;
    const steps: string[] = [];
    const { report, isWhole } = await run({
      onProgress: ({ checked: done, total }) => steps.push(`${done}/${total}`),
    });
    expect([report.ok, isWhole, checked(report, 'ledger_adds_up')]).toEqual([true, true, 11]);
    expect(steps.slice(0, 2)).toEqual(['1/11', '3/11']);
    expect(steps.at(-1)).toBe('11/11');
  });

  it('ends at its deadline, even within a statement, and says that it has not seen all', async () => {
    const none = await run({ deadlineMs: 0 });
    expect([none.isWhole, none.tenants]).toEqual([false, { checked: 0, total: 1 }]);
    const { sql } = admin;
    await sql.begin(async (tx) => {
      await tx`lock table billing_transaction in access exclusive mode`;
      const stuck = await run({ deadlineMs: 300 });
      expect([stuck.isWhole, stuck.tenants.checked]).toEqual([false, 0]);
    });
  });

  it('writes nothing: where nothing may be written, it says the same', async () => {
    const name = new URL(admin.databaseUrl).pathname.slice(1);
    const report = await audit();
    await admin.sql.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    // Only a session that begins now is told: straight to the server, which a pooler is not.
    const { sql, close } = createPostgresClient(admin.directUrl);
    try {
      await expect(sql`delete from tenant`).rejects.toThrow('read-only transaction');
      expect((await auditLedger(sql, createQuotaStoreReader(redis))).report).toEqual(report);
    } finally {
      await close();
    }
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

  it('sees a figure that differs', async () => {
    await redis.hset(hashOf(tenantId), {
      ...sound,
      balance: '799',
      daily_limit: '7',
      monthly_month: MONTH,
    });
    const report = await audit();
    expect(broken(report)).toEqual(['stores_agree']);
    expect(invariant(report, 'stores_agree').violations).toEqual([
      { tenantId, subject: 'Redis balance', expected: '800', found: '799' },
      { tenantId, subject: 'Redis daily_limit', expected: '', found: '7' },
    ]);
  });

  it('takes a later day or month for unused, and an earlier one for a fold that was lost', async () => {
    const later = { daily_date: '2999-01-01', monthly_month: '2999-01' };
    await redis.hset(hashOf(tenantId), { ...sound, ...later, daily_used: '0', monthly_used: '0' });
    expect((await audit()).ok).toBe(true);
    await redis.hset(hashOf(tenantId), { ...later, daily_used: '1' });
    const subjects = async () =>
      invariant(await audit(), 'stores_agree').violations.map(({ subject }) => subject);
    expect(await subjects()).toEqual(['Redis daily_used']);
    await redis.hset(hashOf(tenantId), { daily_date: '2020-01-01', monthly_month: MONTH });
    await redis.hset(hashOf(tenantId), { monthly_used: '2' });
    expect(await subjects()).toEqual(['Redis daily_date']);
  });

  it('sees a key quota that differs', async () => {
    const field = `${keyId}:total_amount`;
    await redis.hset(hashOf(tenantId), { ...sound, monthly_month: MONTH });
    await redis.hset(hashOf(tenantId), { [`kqp:${field}`]: '', [`kq:${field}`]: '199' });
    expect(invariant(await audit(), 'stores_agree').violations).toEqual([
      { tenantId, subject: `Redis kq:${field}`, expected: '200', found: '199' },
    ]);
  });

  it('holds the base of a tenant at work against the ledger, at one version', async () => {
    const open = operationId(newTransactionId(), 1);
    await redis.hset(operationsOf(tenantId), open, `100|7|1|1|${keyId}|${TODAY}|${MONTH}|9e15|h|`);
    const [row] = await admin.sql`
      select version::text from tenant_quota where tenant_id = ${tenantId}`;
    const base = { base: '800', daily_base: '2', monthly_base: '2', version: row?.version };
    const busy = { balance: '700', daily_used: '3', monthly_used: '3', [`open:${keyId}`]: '1' };
    await redis.hset(hashOf(tenantId), { ...sound, monthly_month: MONTH, ...busy, ...base });
    const right = await audit();
    expect([right.ok, checked(right, 'stores_agree')]).toEqual([true, 1]);
    await redis.hset(hashOf(tenantId), { base: '801' });
    expect(invariant(await audit(), 'stores_agree').violations).toEqual([
      { tenantId, subject: 'Redis base', expected: '800', found: '801' },
    ]);
    await redis.hset(hashOf(tenantId), { version: '1' });
    const elsewhere = await audit();
    expect(elsewhere.ok).toBe(true);
    expect(invariant(elsewhere, 'stores_agree').note).toBe('0 cold in Redis, 1 at work');
  });

  it('sees an operation that is left although nothing is in flight', async () => {
    const open = operationId(newTransactionId(), 1);
    const leaseEndsMs = Date.now() - 100_000;
    const packed = `100|7|1|1|${keyId}|${TODAY}|${MONTH}|${leaseEndsMs}|h|`;
    await redis.hset(operationsOf(tenantId), open, packed);
    const [left, ...more] = invariant(await audit(), 'stores_agree').violations;
    expect(more).toEqual([]);
    expect(left).toMatchObject({ tenantId, subject: `Redis operation ${open}` });
    expect(left?.found).toMatch(/^open, its lease ended 10\d s ago$/);
    await admin.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, lease_expires_at)
      values (${open.slice(0, 36)}, ${tenantId}, 'open', 'charge', 'PENDING',
        now() + interval '1 minute')`;
    expect((await audit()).ok).toBe(true);
  });

  it('waits for a tenant whose hash is just behind', async () => {
    await redis.hset(hashOf(tenantId), { ...sound, balance: '900', monthly_month: MONTH });
    const late = setTimeout(() => redis.hset(hashOf(tenantId), { balance: '800' }), 250);
    expect((await audit()).ok).toBe(true);
    clearTimeout(late);
  });

  it('says that it compared nothing while Redis is away, or where there is none', async () => {
    await redis.hset(hashOf(tenantId), { balance: '1' });
    const without = (await auditLedger(admin.sql, noQuotaStore)).report;
    expect(without.ok).toBe(true);
    expect(invariant(without, 'stores_agree')).toMatchObject({
      checked: 0,
      compared: false,
      note: 'There is no Redis: 1 tenants were not compared; 0 cold in Redis, 0 at work',
    });
    const unconnected = createQuotaStoreReader(createRedisClient(redisUrl, false));
    const away = (await auditLedger(admin.sql, unconnected)).report;
    expect(invariant(away, 'stores_agree').note).toMatch(/^Redis is out of reach: 1 tenants/);
    expect(invariant(await audit(), 'stores_agree').compared).toBe(true);
  });

  it('compares nothing while something is PENDING and the versions differ', async () => {
    await redis.hset(hashOf(tenantId), { balance: '1' });
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
    admin.runs.audit = run;
    const reply = await admin.rest('GET', 'audit');
    expect(reply.status).toBe(200);
    expect(auditReport.parse(reply.body)).toMatchObject({ ok: true });
  });

  it('answers 503 and names the command where a ledger is too large for a request', async () => {
    admin.runs.audit = async () => ({ ...(await run()), isWhole: false });
    const reply = await admin.rest('GET', 'audit');
    expect(reply.status).toBe(503);
    expect(reply.body).toMatchObject({
      error: { code: 'audit_unfinished', message: expect.stringContaining('Run npm run audit') },
    });
    await admin.sql`update tenant_quota set balance = 801 where tenant_id = ${tenantId}`;
    const broken = await admin.rest('GET', 'audit');
    expect(broken.status).toBe(200);
    const [ledger] = auditReport.parse(broken.body).invariants;
    expect(ledger).toMatchObject({ ok: false, broken: 1 });
    expect(ledger?.note).toBe('Time ran out: only 1 of 1 tenants were checked.');
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
  const npmRun = (...flags: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'scripts/audit.ts', ...flags], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: admin.databaseUrl, REDIS_URL: redisUrl },
    });

  it('exits 0 when all holds, 1 with the tenant named when not, and --repair mends Redis alone', async () => {
    const sound = npmRun();
    expect([sound.stderr, sound.status]).toEqual(['', 0]);
    expect(sound.stdout).toContain('ledger_adds_up');
    const open = operationId(newTransactionId(), 1);
    await redis.hset(hashOf(tenantId), { balance: '1' });
    await redis.hset(operationsOf(tenantId), open, `9|7|1|1|${keyId}|${TODAY}|${MONTH}|1|h|`);
    const off = npmRun();
    expect(off.status).toBe(1);
    expect(off.stdout).toContain(`tenant ${trustedTenantId(tenantId)}: Redis operation ${open}`);
    const [row] = await admin.sql`select balance from tenant_quota where tenant_id = ${tenantId}`;
    const mended = npmRun('--repair');
    expect(mended.status).toBe(0);
    expect(mended.stdout).toContain(`rebuilt tenant ${tenantId}'s hash`);
    expect(await redis.hget(hashOf(tenantId), 'balance')).toBe(String(row?.balance));
    expect(await redis.exists(operationsOf(tenantId))).toBe(0);
    const [after] = await admin.sql`select balance from tenant_quota where tenant_id = ${tenantId}`;
    expect(after).toEqual(row);
  });

  it('--rebuild-usage brings the usage roll-up to what the ledger says', async () => {
    await admin.sql`
      insert into usage_rollup (tenant_id, day, hour, model, api_key_id, requests)
      values (${tenantId}, '2026-11-01', 3, 'sim-none', ${keyId}, 2)`;
    const off = npmRun();
    expect([off.status, off.stdout]).toEqual([1, expect.stringContaining('requests 2 too much')]);
    const mended = npmRun('--rebuild-usage');
    expect([mended.status, mended.stdout]).toEqual([
      0,
      expect.stringContaining('1 sums of usage mended'),
    ]);
  });

  it('gives the report as JSON, and says in words when there was no Redis to compare', async () => {
    const { status, stdout } = npmRun('--json');
    expect(status).toBe(0);
    expect(auditReport.parse(JSON.parse(stdout)).ok).toBe(true);
    const alone = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/audit.ts'], {
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: admin.databaseUrl, REDIS_URL: 'off' },
    });
    expect(alone.status).toBe(0);
    expect(alone.stdout).toMatch(
      /UNSEEN {2}stores_agree .*There is no Redis: 1 tenants were not compared/,
    );
  });
});
