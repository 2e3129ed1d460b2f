import type { Ledger, ReadSnapshot } from '../domain/ports';
import type { OpenCharges } from './open-charges';

/**
 * What a tenant's hash is rebuilt from: the ledger's reading, and the holds of this process that
 * no row stands for. Each live process brings its own.
 */
export const readWithOwnHolds =
  (ledger: Pick<Ledger, 'snapshot'>, openCharges: OpenCharges): ReadSnapshot =>
  async (tenantId) => {
    // Before the reading: what ends meanwhile is in both, never in neither, until it is folded.
    const own = openCharges.holdsWithoutRow(tenantId);
    const snapshot = await ledger.snapshot(tenantId);
    return snapshot === null ? null : { ...snapshot, holds: [...snapshot.holds, ...own] };
  };
