import type { OpenCharge } from '../domain/charge';
import type { Ledger, QuotaStore } from '../domain/ports';

/** The charges this process is working on: their leases are renewed until they end. */
export interface OpenCharges {
  add(charge: OpenCharge, hasRow: boolean): void;
  /** The row was written beside the upstream call: from now on its lease is renewed too. */
  rowOpened(charge: OpenCharge): void;
  /** Its settlement waits on the spool: it is no longer in flight, but its lease must go on. */
  spooled(charge: OpenCharge): void;
  remove(charge: OpenCharge): void;
  /** Charges in flight; those on the spool are not. */
  readonly size: number;
  /** Renews every lease, in Redis and in the ledger; a store that is away is told next time. */
  renew(quota: QuotaStore, ledger: Ledger, leaseMs: number): Promise<void>;
}

/** Two requests may have tried to open the same attempt; each knows its own only. */
const nameOf = (charge: OpenCharge): string => `${charge.operationId}/${charge.owner}`;

export function createOpenCharges(): OpenCharges {
  const open = new Map<string, { charge: OpenCharge; hasRow: boolean }>();
  const spooled = new Map<string, OpenCharge>();
  return {
    add: (charge, hasRow) => void open.set(nameOf(charge), { charge, hasRow }),
    rowOpened: (charge) => void open.set(nameOf(charge), { charge, hasRow: true }),
    spooled(charge) {
      open.delete(nameOf(charge));
      spooled.set(nameOf(charge), charge);
    },
    remove(charge) {
      open.delete(nameOf(charge));
      spooled.delete(nameOf(charge));
    },
    get size() {
      return open.size;
    },
    async renew(quota, ledger, leaseMs) {
      const entries = [...open.values()];
      const waiting = [...spooled.values()];
      if (entries.length + waiting.length === 0) return;
      await Promise.allSettled([
        quota.renew([...entries.map((entry) => entry.charge), ...waiting], leaseMs),
        ledger.renew(
          [...entries.filter((entry) => entry.hasRow).map((entry) => entry.charge), ...waiting],
          leaseMs,
        ),
      ]);
    },
  };
}
