import type { OpenCharge } from '../domain/charge';
import type { TenantId } from '../domain/ids';
import type { Ledger, QuotaStore } from '../domain/ports';
import type { OpenHold } from '../domain/quota';
import { LEASE_MS } from './limits';

/** The charges this process is working on: their leases are renewed until they end. */
export interface OpenCharges {
  add(charge: OpenCharge, hasRow: boolean): void;
  /** The row was written beside the upstream call: from now on its lease is renewed too. */
  rowOpened(charge: OpenCharge): void;
  /** Its settlement waits on the spool: it is no longer in flight, but its lease must go on. */
  spooled(charge: OpenCharge): void;
  remove(charge: OpenCharge): void;
  /** Holds of a tenant that only the quota store and this process know of: no row stands for them. */
  holdsWithoutRow(tenantId: TenantId): readonly OpenHold[];
  /** Whose charges these are. */
  tenants(): Iterable<TenantId>;
  /** Charges in flight; those on the spool are not. */
  readonly size: number;
  /** Renews every lease, in Redis and in the ledger; a store that is away is told next time. */
  renew(quota: QuotaStore, ledger: Ledger, leaseMs: number): Promise<void>;
}

/** Two requests may have tried to open the same attempt; each knows its own only. */
const nameOf = (charge: OpenCharge): string => `${charge.operationId}/${charge.owner}`;

const holdOf = (charge: OpenCharge): OpenHold => ({
  operationId: charge.operationId,
  keyId: charge.keyId,
  amountNano: charge.heldNano,
  tokens: charge.heldTokens,
  requests: 1,
  day: charge.day,
  month: charge.month,
  leaseLeftMs: LEASE_MS,
});

export function createOpenCharges(): OpenCharges {
  const open = new Map<string, { charge: OpenCharge; hasRow: boolean }>();
  const spooled = new Map<string, { charge: OpenCharge; hasRow: boolean }>();
  const all = () => [...open.values(), ...spooled.values()];
  return {
    add: (charge, hasRow) => void open.set(nameOf(charge), { charge, hasRow }),
    rowOpened: (charge) => void open.set(nameOf(charge), { charge, hasRow: true }),
    spooled(charge) {
      const hasRow = open.get(nameOf(charge))?.hasRow ?? true;
      open.delete(nameOf(charge));
      spooled.set(nameOf(charge), { charge, hasRow });
    },
    remove(charge) {
      open.delete(nameOf(charge));
      spooled.delete(nameOf(charge));
    },
    holdsWithoutRow: (tenantId) =>
      all()
        .filter(({ charge, hasRow }) => !hasRow && charge.tenantId === tenantId)
        .map(({ charge }) => holdOf(charge)),
    tenants: () => new Set(all().map(({ charge }) => charge.tenantId)),
    get size() {
      return open.size;
    },
    async renew(quota, ledger, leaseMs) {
      const entries = all();
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
