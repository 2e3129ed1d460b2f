import { expect } from 'vitest';
import type { TestGateway } from './gateway';

export interface ChargeRow {
  readonly id: string;
  readonly trace_id: string;
  readonly status: string;
  readonly is_stream: boolean;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly usage_source: string | null;
  readonly usage_anomaly: string | null;
  readonly upstream: string | null;
  readonly admitted_by: string;
  readonly attempt: number;
  readonly amount: bigint;
  readonly balance_after: bigint | null;
  readonly hold: bigint;
  readonly finish: string | null;
}

interface TenantRow {
  readonly tenant_id: string;
  readonly balance: bigint;
  readonly credit_limit: bigint;
  readonly daily_limit: number | null;
  readonly daily_used: number;
  readonly daily_date: string;
  readonly monthly_limit: number | null;
  readonly monthly_used: number;
  readonly monthly_month: string;
  readonly version: bigint;
}

interface KeyQuotaSqlRow {
  readonly api_key_id: string;
  readonly quota_type: string;
  readonly used: bigint;
  readonly period: string;
}

/** A gateway's books, wherever it runs. */
type Kept = Pick<TestGateway, 'database' | 'redis' | 'admin'>;

type Holder = { readonly id: string };

/** A tenant's charges as the ledger has them, oldest first. */
export const chargesOf = async (gateway: Kept, tenant: Holder): Promise<ChargeRow[]> => [
  ...(await gateway.database.sql<ChargeRow[]>`
    select id, trace_id, status, is_stream, input_tokens, output_tokens, usage_source, usage_anomaly, upstream,
      admitted_by, attempt, amount, balance_after, hold, finish
    from billing_transaction where tenant_id = ${tenant.id} and kind = 'charge'
    order by created_at, id`),
];

/** The one charge of a tenant that has bought once. */
export async function onlyChargeOf(gateway: Kept, tenant: Holder): Promise<ChargeRow> {
  const [charge, ...more] = await chargesOf(gateway, tenant);
  if (charge === undefined || more.length > 0) throw new Error('There is not exactly one charge.');
  return charge;
}

export const sumOf = (charges: readonly ChargeRow[]): bigint =>
  charges.reduce((sum, charge) => sum + charge.amount, 0n);

/** The ledger's quota row. */
export async function quotaOf(gateway: Kept, tenant: Holder): Promise<TenantRow> {
  const [row] = await quotaRows(gateway, tenant.id);
  if (row === undefined) throw new Error('The tenant has no quota row.');
  return row;
}

const quotaRows = async (gateway: Kept, tenantId: string | null): Promise<TenantRow[]> => [
  ...(await gateway.database.sql<TenantRow[]>`
    select tenant_id, balance, credit_limit, daily_limit, daily_used, daily_date::text,
      monthly_limit, monthly_used, monthly_month::text, version
    from tenant_quota where ${tenantId}::uuid is null or tenant_id = ${tenantId}::uuid`),
];

const quotaKey = (tenantId: string): string => `gw:quota:tenant:${tenantId}`;

/** Redis's quota hash; null in Postgres-only mode or where it is cold. */
export async function hashOf(
  gateway: Kept,
  tenant: Holder,
): Promise<Record<string, string> | null> {
  const hash = await gateway.redis?.hgetall(quotaKey(tenant.id));
  return hash === undefined || Object.keys(hash).length === 0 ? null : hash;
}

/** Makes a tenant's hash cold; open operations stay, as they do when Redis evicts the one key. */
export async function forgetHash(gateway: Kept, tenant: Holder): Promise<void> {
  await gateway.redis?.del(quotaKey(tenant.id));
}

/** Whether the answer of a named trace is stored. */
export async function isAnswerStored(
  gateway: Kept,
  tenant: Holder,
  traceId: string,
): Promise<boolean> {
  const found = await gateway.redis?.exists(`{${quotaKey(tenant.id)}}:answer:${traceId}`);
  if (found !== undefined) return found === 1;
  const rows = await gateway.database.sql`
    select 1 from stored_answer where tenant_id = ${tenant.id} and trace_id = ${traceId}`;
  return rows.length === 1;
}

/** Lets a stored answer's day be over, wherever it is kept. */
export async function expireAnswer(gateway: Kept, tenant: Holder, traceId: string): Promise<void> {
  const dropped = await gateway.redis?.del(`{${quotaKey(tenant.id)}}:answer:${traceId}`);
  if (dropped !== undefined) return expect(dropped).toBe(1);
  const rows = await gateway.database.sql`
    update stored_answer set expires_at = now() - interval '1 second'
    where tenant_id = ${tenant.id} and trace_id = ${traceId}`;
  expect(rows.count).toBe(1);
}

/**
 * Waits, a second at most, until Redis's hashes equal Postgres's rows in balance, counters, limits
 * and key quotas, with no hold left: invariant C.
 */
export async function expectStoresAgree(gateway: Kept, tenant?: Holder): Promise<void> {
  await expect
    .poll(() => differences(gateway, tenant?.id ?? null), { timeout: 1_000, interval: 20 })
    .toEqual([]);
}

/** Waits until the gateway has done with every request, also of clients that have left. */
export async function untilIdle(gateway: TestGateway): Promise<void> {
  const open = () => gateway.openRequests + gateway.container.inFlight;
  await expect.poll(open, { timeout: 10_000, interval: 20 }).toBe(0);
}

/** At rest: nothing PENDING, the stores agree, and the audit finds every invariant kept. */
export async function expectBooksRight(gateway: TestGateway): Promise<void> {
  await untilIdle(gateway);
  await expectBooksAtRest(gateway);
}

/** The same of a gateway in another process, which cannot be asked whether it is idle. */
export async function expectBooksAtRest(gateway: Kept): Promise<void> {
  // What had to wait on the spool is booked a moment after Postgres is back.
  const pending = async () => [
    ...(await gateway.database.sql`
      select trace_id from billing_transaction where status = 'PENDING'`),
  ];
  await expect.poll(pending, { timeout: 10_000, interval: 50 }).toEqual([]);
  await expectStoresAgree(gateway);
  const { ok, invariants } = await gateway.admin.audit();
  expect(invariants.filter((invariant) => !invariant.ok)).toEqual([]);
  expect(ok).toBe(true);
}

async function differences(gateway: Kept, tenantId: string | null): Promise<string[]> {
  if (gateway.redis === null) return [];
  const found: string[] = [];
  for (const row of await quotaRows(gateway, tenantId)) {
    const open = await gateway.redis.hkeys(`{${quotaKey(row.tenant_id)}}:ops`);
    found.push(...open.map((id) => `${row.tenant_id}: operation ${id} is left`));
    const hash = await hashOf(gateway, { id: row.tenant_id });
    if (hash === null) continue;
    const expected = { ...fieldsAtRest(row, hash), ...(await keyUseAtRest(gateway, row, hash)) };
    for (const [field, value] of Object.entries(expected)) {
      const inRedis = hash[field] ?? '0';
      if (value === inRedis) continue;
      found.push(`${row.tenant_id} ${field}: ${inRedis} in Redis, ${value} in Postgres`);
    }
  }
  return found;
}

/** What the hash says at rest; where it is in a later period already, nothing of that is used. */
function fieldsAtRest(row: TenantRow, hash: Record<string, string>): Record<string, string> {
  const isLaterDay = (hash.daily_date ?? '') > row.daily_date;
  const isLaterMonth = (hash.monthly_month ?? '') > row.monthly_month;
  const open = Object.keys(hash).filter((field) => field.startsWith('open:'));
  return {
    balance: String(row.balance),
    base: String(row.balance),
    credit_limit: String(row.credit_limit),
    daily_limit: String(row.daily_limit ?? ''),
    daily_used: isLaterDay ? '0' : String(row.daily_used),
    monthly_limit: String(row.monthly_limit ?? ''),
    monthly_used: isLaterMonth ? '0' : String(row.monthly_used),
    version: String(row.version),
    ...Object.fromEntries(open.map((field) => [field, '0'])),
  };
}

async function keyUseAtRest(
  gateway: Kept,
  tenant: TenantRow,
  hash: Record<string, string>,
): Promise<Record<string, string>> {
  const rows = await gateway.database.sql<KeyQuotaSqlRow[]>`
    select q.api_key_id, q.quota_type, q.used, q.period from api_key_quota q
    join api_key k on k.id = q.api_key_id where k.tenant_id = ${tenant.tenant_id}`;
  return Object.fromEntries(
    rows.map((row) => {
      const field = `${row.api_key_id}:${row.quota_type}`;
      const isLaterPeriod = (hash[`kqp:${field}`] ?? '') > row.period;
      return [`kq:${field}`, isLaterPeriod ? '0' : String(row.used)];
    }),
  );
}
