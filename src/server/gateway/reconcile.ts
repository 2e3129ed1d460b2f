import type { TenantId } from '../domain/ids';
import type { HashBase, Ledger, OperationsKeeper, QuotaStore } from '../domain/ports';
import type { QuotaSnapshot } from '../domain/quota';
import { type TimeBudget, UNBOUNDED } from './time-budget';

/** An operation may be this late past its lease before it counts as abandoned. */
const GRACE_MS = 5_000;

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
  for (const tenantId of await inTurn(ports.keeper.tenants(), budget)) {
    const isLeft = budget.isUp();
    const difference = isLeft ? null : await compare(ports, tenantId);
    ports.onDrift(tenantId, difference);
    if (isLeft) report.left += 1;
    if (difference === null) continue;
    report.tenants += 1;
    if (difference !== 0n) report.drifted += 1;
  }
  return { dropped, ...report };
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
async function compare(ports: ReconcilePorts, tenantId: TenantId): Promise<bigint | null> {
  const snapshot = await ports.ledger.snapshot(tenantId);
  if (snapshot === null) return null;
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
