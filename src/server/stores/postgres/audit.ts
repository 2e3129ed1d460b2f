import type { TenantId } from '@/server/domain/ids';
import type { AuditRun, ReadQuotaStore } from '@/server/domain/ports/audit';
import { auditOpen } from './audit-open';
import { Pace } from './audit-pace';
import { type AuditedPage, auditPage, TENANT_INVARIANTS } from './audit-page';
import { StoresAudit } from './audit-stores';
import { type OnViolation, Tally } from './audit-tally';
import type { Sql } from './client';

export interface AuditOptions {
  /** Null: until all is seen. */
  readonly deadlineMs?: number | null;
  readonly onViolation?: OnViolation;
  readonly onProgress?: (tenants: { readonly checked: number; readonly total: number }) => void;
  /** Builds the quota store's figures of a tenant anew; a tenant that differs is looked at again. */
  readonly repair?: (tenantId: TenantId) => Promise<void>;
}

/**
 * Checks the invariants over every tenant, a page of them at a time: each page is one read-only
 * repeatable-read snapshot, since no invariant spans two tenants, so neither memory nor the time a
 * snapshot lasts grows with the ledger. Then the quota store is held against Postgres for the same
 * tenants. Reads only, but for `repair`. Past the deadline the run is not whole, and says so.
 */
export async function auditLedger(
  sql: Sql,
  readStore: ReadQuotaStore,
  options: AuditOptions = {},
): Promise<AuditRun> {
  const {
    deadlineMs = null,
    onViolation = () => undefined,
    onProgress = () => undefined,
  } = options;
  const tally = (name: string) => new Tally(name, onViolation);
  const clock = startClock(deadlineMs);
  const abandoned = tally('no_abandoned_holds');
  const quarantined = tally('quarantine_empty');
  const ofTenants = new Map(TENANT_INVARIANTS.map((name) => [name, tally(name)]));
  const stores = new StoresAudit(sql, readStore, tally('stores_agree'), options.repair ?? null);
  const total = await countTenants(sql);
  const pace = new Pace(total.rows, total.tenants);
  let checked = 0;
  let isWhole = false;
  try {
    await auditOpen(sql, abandoned, quarantined, clock.leftMs());
    for (let after: TenantId | null = null; !isWhole; ) {
      const startedMs = performance.now();
      const page: AuditedPage | null = await auditPage(sql, after, pace.pageSize, clock.leftMs());
      if (page === null) isWhole = true;
      else {
        pace.took(performance.now() - startedMs);
        count(ofTenants, page);
        await stores.compare(page.tenantIds, () => clock.expectTime());
        checked += page.tenantIds.length;
        after = page.tenantIds.at(-1) ?? null;
        onProgress({ checked, total: Math.max(total.tenants, checked) });
      }
    }
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
  }
  const tallies = [...ofTenants.values(), abandoned, quarantined];
  const invariants = [...tallies.map((one) => one.invariant()), stores.invariant()];
  const report = { ok: invariants.every((invariant) => invariant.ok), invariants };
  return { report, tenants: { checked, total: Math.max(total.tenants, checked) }, isWhole };
}

type TenantTallies = ReadonlyMap<(typeof TENANT_INVARIANTS)[number], Tally>;

function count(tallies: TenantTallies, page: AuditedPage): void {
  for (const [name, tally] of tallies) {
    tally.look(checkedOf(name, page));
  }
  for (const [name, violation] of page.violations) tallies.get(name)?.violate(violation);
}

function checkedOf(name: (typeof TENANT_INVARIANTS)[number], page: AuditedPage): number {
  if (name === 'key_quotas_counted') return page.keyQuotas;
  return name === 'rows_are_whole' ? page.rows : page.tenantIds.length;
}

/** Tenants to the last one, rows as the planner guesses them. */
async function countTenants(sql: Sql): Promise<{ tenants: number; rows: number }> {
  const [row] = await sql<{ tenants: number; rows: number }[]>`
    select (select count(*) from tenant)::float8 as tenants,
      (select greatest(reltuples, 0) from pg_class
        where oid = 'billing_transaction'::regclass)::float8 as rows`;
  return { tenants: row?.tenants ?? 0, rows: row?.rows ?? 0 };
}

class OutOfTime extends Error {}

/** A statement that its own time limit ended, or no time left to begin another one. */
const isOutOfTime = (error: unknown): boolean =>
  error instanceof OutOfTime ||
  (error instanceof Error && 'code' in error && error.code === '57014');

function startClock(deadlineMs: number | null) {
  const endsMs = deadlineMs === null ? null : performance.now() + deadlineMs;
  const expectTime = () => {
    if (endsMs !== null && performance.now() >= endsMs) throw new OutOfTime();
  };
  return {
    expectTime,
    /** For `statement_timeout`; 0 is none. */
    leftMs(): number {
      expectTime();
      return endsMs === null ? 0 : Math.max(Math.ceil(endsMs - performance.now()), 1);
    },
  };
}
