import type { TenantId } from '../domain/ids';
import type { HashBase, Ledger, OperationsKeeper, QuotaStore } from '../domain/ports';
import type { QuotaSnapshot } from '../domain/quota';
import { type TimeBudget, UNBOUNDED } from './time-budget';

/** An operation may be this late past its lease before it counts as abandoned. */
const GRACE_MS = 5_000;
/** Tenants that are compared at once; those that differ are warmed at once too. */
const PAGE_TENANTS = 50;

export interface ReconcileReport {
  /** Abandoned operations that were dropped. */
  readonly dropped: number;
  /** Tenants looked at, and those whose hash disagreed with the ledger at the same version. */
  readonly tenants: number;
  readonly drifted: number;
  /** Tenants that there was no time for. */
  readonly left: number;
}

export interface ReconcilePorts {
  readonly ledger: Ledger;
  readonly quota: QuotaStore;
  readonly keeper: OperationsKeeper;
  /** Difference of the stores in nano-USD; null where one of them is being written right now. */
  readonly onDrift: (tenantId: TenantId, differenceNano: bigint | null) => void;
}

/**
 * Brings the quota store back to the ledger: drops operations whose owner is gone and whose row is
 * ended or was never written, moves hashes to the ledger's version, and measures what differs.
 * Begins nothing more once its time is up, and says for how many tenants there was none.
 */
export async function reconcile(
  ports: ReconcilePorts,
  budget: TimeBudget = UNBOUNDED,
): Promise<ReconcileReport> {
  let dropped = 0;
  for await (const { tenantId } of ports.keeper.expired(GRACE_MS)) {
    if (budget.isUp()) break;
    dropped += await dropAbandoned(ports, tenantId);
  }
  const report = { tenants: 0, drifted: 0, left: 0 };
  const tenants = await inTurn(ports.keeper.tenants(), budget);
  for (let at = 0; at < tenants.length; at += PAGE_TENANTS) {
    const page = tenants.slice(at, at + PAGE_TENANTS);
    const isLeft = budget.isUp();
    if (isLeft) report.left += page.length;
    const differences = isLeft ? new Map<TenantId, bigint>() : await comparePage(ports, page);
    for (const tenantId of page) ports.onDrift(tenantId, differences.get(tenantId) ?? null);
    report.tenants += differences.size;
    report.drifted += [...differences.values()].filter((nano) => nano !== 0n).length;
  }
  return { dropped, ...report };
}

/** What differs, of those that can be compared: one statement of the ledger, one round trip of Redis. */
async function comparePage(
  ports: ReconcilePorts,
  page: readonly TenantId[],
): Promise<Map<TenantId, bigint>> {
  const differences = new Map<TenantId, bigint>();
  const snapshots = await ports.ledger.snapshots(page);
  await Promise.all(
    snapshots.map(async (snapshot) => {
      const difference = await compare(ports, snapshot);
      if (difference !== null) differences.set(snapshot.quota.tenantId, difference);
    }),
  );
  return differences;
}

async function inTurn(found: AsyncIterable<TenantId>, budget: TimeBudget): Promise<TenantId[]> {
  const tenants = new Set<TenantId>();
  for await (const tenantId of found) tenants.add(tenantId);
  const all = [...tenants];
  const first = budget.beginAt(all.length);
  return [...all.slice(first), ...all.slice(0, first)];
}

/**
 * Drops a tenant's operations that their owner has left for good and that nothing waits for: no
 * row that is PENDING, no quarantine. Returns how many.
 */
export async function dropAbandoned(
  ports: Pick<ReconcilePorts, 'ledger' | 'quota' | 'keeper'>,
  tenantId: TenantId,
): Promise<number> {
  const operationIds = await ports.keeper.abandoned(tenantId, GRACE_MS);
  if (operationIds.length === 0) return 0;
  const orphans = await ports.ledger.withoutPendingRow(operationIds);
  if (orphans.length === 0) return 0;
  const snapshot = await ports.ledger.snapshot(tenantId);
  await ports.quota.fold({
    tenantId,
    quota: snapshot?.quota ?? null,
    keyQuotas: snapshot?.keyQuotas ?? [],
    operations: orphans.map((operationId) => ({ operationId, traceId: null })),
  });
  return orphans.length;
}

/** Null where the two are at different versions for good reason: one of them is being written. */
async function compare(ports: ReconcilePorts, snapshot: QuotaSnapshot): Promise<bigint | null> {
  const { tenantId } = snapshot.quota;
  let base = await ports.keeper.readBase(tenantId, snapshot.keyQuotas);
  if (base !== null && isBehind(base, snapshot)) {
    await ports.keeper.warm(tenantId);
    base = await ports.keeper.readBase(tenantId, []);
  }
  if (base === null || base.version !== snapshot.quota.version) return null;
  const difference = base.baseNano - snapshot.quota.balanceNano;
  // A hash that did not add up was dropped; the next request need not wait for a new one.
  if (difference !== 0n) await ports.keeper.warm(tenantId);
  return difference;
}

/** A fold of another key, or of a credit, moves the version past what a lost fold said of a key. */
const isBehind = (base: HashBase, { quota, keyQuotas }: QuotaSnapshot): boolean =>
  base.version < quota.version ||
  keyQuotas.some((row, index) => (base.keyQuotaVersions[index] ?? 0) < row.version);
