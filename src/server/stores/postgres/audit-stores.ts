import { type TenantId, trustedTenantId } from '@/server/domain/ids';
import type { AuditInvariant, AuditViolation, ReadQuotaHash } from '@/server/domain/ports/audit';
import { invariantOf } from './audit-invariant';
import type { Sql } from './client';

/** Tenants read from Postgres at a time, and hashes asked for at once. */
const PAGE = 64;
/** A tenant at work looks different in the two stores for a moment; one that differs rests. */
const LOOKS_MAX = 5;
const LOOK_AGAIN_MS = 200;

interface QuotaAtRest {
  readonly tenant_id: string;
  readonly balance: bigint;
  readonly credit_limit: bigint;
  readonly daily_limit: number | null;
  readonly monthly_limit: number | null;
  readonly key_quotas: readonly KeyQuotaAtRest[] | null;
  readonly daily_used: number;
  readonly daily_date: string;
  readonly monthly_used: number;
  readonly monthly_month: string;
}

interface KeyQuotaAtRest {
  readonly api_key_id: string;
  readonly quota_type: string;
  readonly used: string;
  readonly period: string;
}

/** Redis's hash against Postgres's row, for every tenant that has nothing PENDING. */
export async function compareStores(sql: Sql, readHash: ReadQuotaHash): Promise<AuditInvariant> {
  let checked = 0;
  const violations: AuditViolation[] = [];
  for (let after: string | null = null, isMore = true; isMore; ) {
    const page: QuotaAtRest[] = await readPage(sql, after);
    const verdicts = await Promise.all(page.map((row) => judge(sql, readHash, row)));
    for (const verdict of verdicts) {
      if (verdict === 'not compared') continue;
      checked += 1;
      violations.push(...verdict);
    }
    after = page.at(-1)?.tenant_id ?? null;
    isMore = page.length === PAGE;
  }
  return invariantOf('stores_agree', checked, violations);
}

type Verdict = readonly AuditViolation[] | 'not compared';

/** Differences must be seen in every look to count; a tenant that starts working is let go. */
async function judge(sql: Sql, readHash: ReadQuotaHash, first: QuotaAtRest): Promise<Verdict> {
  let row: QuotaAtRest | null = first;
  for (let look = 1; row !== null; look += 1) {
    const tenantId = trustedTenantId(row.tenant_id);
    const hash = await readHash(tenantId);
    if (hash === null || Object.keys(hash).length === 0) return 'not compared';
    const differences = compare(tenantId, row, hash);
    if (differences.length === 0 || look === LOOKS_MAX) return differences;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    row = await readOne(sql, tenantId);
  }
  return 'not compared';
}

function compare(
  tenantId: TenantId,
  row: QuotaAtRest,
  hash: Readonly<Record<string, string>>,
): readonly AuditViolation[] {
  const figures: [string, string][] = [
    ['balance', String(row.balance)],
    ['credit_limit', String(row.credit_limit)],
    ['daily_limit', String(row.daily_limit ?? '')],
    ['monthly_limit', String(row.monthly_limit ?? '')],
  ];
  if (hash.daily_date === row.daily_date) figures.push(['daily_used', String(row.daily_used)]);
  if (hash.monthly_month === row.monthly_month) {
    figures.push(['monthly_used', String(row.monthly_used)]);
  }
  for (const quota of row.key_quotas ?? []) {
    const name = `${quota.api_key_id}:${quota.quota_type}`;
    // One that Redis never met is read from Postgres when its key is used.
    if (hash[`kqp:${name}`] === quota.period) figures.push([`kq:${name}`, quota.used]);
  }
  return figures
    .filter(([field, expected]) => hash[field] !== expected)
    .map(([field, expected]) => ({
      tenantId,
      subject: `Redis ${field}`,
      expected,
      found: hash[field] ?? 'absent',
    }));
}

const atRest = (sql: Sql) => sql`
  select q.tenant_id, q.balance, q.credit_limit, q.daily_limit, q.monthly_limit, q.daily_used,
    q.daily_date::text, q.monthly_used, q.monthly_month::text,
    (select jsonb_agg(jsonb_build_object('api_key_id', k.api_key_id, 'quota_type', k.quota_type,
        'used', k.used::text, 'period', k.period))
      from api_key_quota k join api_key a on a.id = k.api_key_id
      where a.tenant_id = q.tenant_id) as key_quotas
  from tenant_quota q
  where not exists (
    select 1 from billing_transaction t where t.tenant_id = q.tenant_id and t.status = 'PENDING')`;

const readPage = (sql: Sql, after: string | null) => sql<QuotaAtRest[]>`
  ${atRest(sql)} and (${after}::uuid is null or q.tenant_id > ${after}::uuid)
  order by q.tenant_id limit ${PAGE}`;

async function readOne(sql: Sql, tenantId: TenantId): Promise<QuotaAtRest | null> {
  const [row] = await sql<QuotaAtRest[]>`${atRest(sql)} and q.tenant_id = ${tenantId}`;
  return row ?? null;
}
