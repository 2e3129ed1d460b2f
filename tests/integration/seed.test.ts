import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditLedger } from '@/server/stores/postgres/audit';
import { createPostgresClient, type PostgresClient } from '@/server/stores/postgres/client';
import { noQuotaStore } from '@/server/stores/redis/read-store';
import { readPlan } from '../../tools/seed/plan';
import { sow } from '../../tools/seed/sow';
import { createDatabase, type TestDatabase } from '../helpers/database';

const NOW_MS = Date.UTC(2026, 2, 2, 12);
const PLAN = ['--tenants', '120', '--transactions', '12_000', '--largest', '2_000', '--days', '40'];

let database: TestDatabase;
let client: PostgresClient;

beforeAll(async () => {
  database = await createDatabase();
  client = createPostgresClient(database.directUrl, { connectionsMax: 2 });
});
afterAll(async () => {
  await client?.close();
  await database?.drop();
});

const count = async (table: string) => {
  const [row] = await database.sql`select count(*)::int as count from ${database.sql(table)}`;
  return row?.count;
};

it('a seed that was broken off goes on where it was, and its books are right', async () => {
  const plan = readPlan(PLAN, NOW_MS);
  class BrokenOff extends Error {}
  const breakOff = () => {
    throw new BrokenOff();
  };
  const stopAt = (stage: string) => ({
    onStage: () => undefined,
    onDone: (done: number) => (stage === 'transactions' && done === 4_000 ? breakOff() : undefined),
  });
  await expect(sow(database.directUrl, plan, stopAt('transactions'), 1_000)).rejects.toThrow(
    BrokenOff,
  );
  expect([await count('tenant'), await count('billing_transaction')]).toEqual([120, 4_000]);

  const begun: string[] = [];
  // Another day: the plan that was begun counts, so that its periods stay whole.
  await sow(database.directUrl, readPlan(PLAN, NOW_MS + 86_400_000), {
    onStage: (stage, from, total) => begun.push(`${stage} ${from}/${total}`),
    onDone: () => undefined,
  });
  expect(begun).toEqual(['transactions 4000/12000', 'quotas 0/120', 'usage 0/120']);
  expect(await count('billing_transaction')).toBe(12_000);

  const { report, tenants } = await auditLedger(client.sql, noQuotaStore);
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(tenants.checked).toBe(120);
});

it('another plan than the one that was sown is refused', async () => {
  const other = readPlan(['--tenants', '3'], NOW_MS);
  await expect(sow(database.directUrl, other, { onStage() {}, onDone() {} })).rejects.toThrow(
    'This database was sown with --tenants 120 --transactions 12000 --largest 2000 --days 40.',
  );
});

it('one busy tenant of a hundred has half of all the rows that are not the largest one’s', async () => {
  const most = await database.sql`
    select count(*)::int as count from billing_transaction group by tenant_id order by 1 desc limit 3`;
  expect(most.map(({ count }) => count)).toEqual([5_000, 2_000, 43]);
});

it('what a run that was broken off wrote beside the others stays, once', async () => {
  await database.sql`
    update setting set value = jsonb_set(jsonb_set(value, '{stage}', '"transactions"'), '{done}', '8000')
    where name = 'seed'`;
  await sow(database.directUrl, readPlan(PLAN, NOW_MS), { onStage() {}, onDone() {} });
  expect(await count('billing_transaction')).toBe(12_000);
});

it('a number that is none is refused in words', () => {
  expect(() => readPlan(['--tenants', 'many'], NOW_MS)).toThrow(
    '--tenants must be a whole number above 0; it is "many".',
  );
  expect(() => readPlan(['--largest', '2_000_000'], NOW_MS)).toThrow('at most half');
});
