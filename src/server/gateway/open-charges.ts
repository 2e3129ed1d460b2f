import type { OpenCharge } from '../domain/charge';
import type { Ledger, QuotaStore } from '../domain/ports';

/** The charges this process is working on: their leases are renewed until they end. */
export interface OpenCharges {
  add(charge: OpenCharge, hasRow: boolean): void;
  /** The row was written beside the upstream call: from now on its lease is renewed too. */
  rowOpened(charge: OpenCharge): void;
  remove(charge: OpenCharge): void;
  readonly size: number;
  /** Renews every lease, in Redis and in the ledger; a store that is away is told next time. */
  renew(quota: QuotaStore, ledger: Ledger, leaseMs: number): Promise<void>;
}

export function createOpenCharges(): OpenCharges {
  const open = new Map<string, { charge: OpenCharge; hasRow: boolean }>();
  return {
    add: (charge, hasRow) => void open.set(charge.operationId, { charge, hasRow }),
    rowOpened: (charge) => void open.set(charge.operationId, { charge, hasRow: true }),
    remove: (charge) => void open.delete(charge.operationId),
    get size() {
      return open.size;
    },
    async renew(quota, ledger, leaseMs) {
      const entries = [...open.values()];
      if (entries.length === 0) return;
      await Promise.allSettled([
        quota.renew(
          entries.map((entry) => entry.charge),
          leaseMs,
        ),
        ledger.renew(
          entries.filter((entry) => entry.hasRow).map((entry) => entry.charge),
          leaseMs,
        ),
      ]);
    },
  };
}
