import type { OpenCharge } from '../domain/charge';
import type { OperationId, TenantId } from '../domain/ids';
import type { Ledger, QuotaStore } from '../domain/ports';
import type { OpenHold } from '../domain/quota';
import { LEASE_MS } from './limits';

/** The charges this process is working on: their leases are renewed until they end. */
export interface OpenCharges {
  /** `rowAskedAtMs`: when the row that stands for it was asked for; null: none stands. */
  add(charge: OpenCharge, rowAskedAtMs: number | null): void;
  /** Its row stands, or its lease was renewed, as was asked for then: it lasts from then on. */
  leased(charge: OpenCharge, askedAtMs: number): void;
  /**
   * Whether the charge is still this process's own for certain. Not once its lease may have run
   * out unseen, while the process or its connection stood still: anyone may have ended it since.
   */
  isSurelyOwn(charge: OpenCharge): boolean;
  /** Its settlement waits on the spool: it is no longer in flight, but its lease must go on. */
  spooled(charge: OpenCharge): void;
  /** Those that wait on the spool. */
  onSpool(): readonly OpenCharge[];
  /** Whether the charge is one of those in flight. */
  isInFlight(charge: OpenCharge): boolean;
  remove(charge: OpenCharge): void;
  /** Holds of a tenant that only the quota store and this process know of: no row stands for them. */
  holdsWithoutRow(tenantId: TenantId): readonly OpenHold[];
  /** Whose charges these are. */
  tenants(): Iterable<TenantId>;
  /** Charges in flight; those on the spool are not. */
  readonly size: number;
  /** Renews every lease, in Redis and in the ledger; a store that is away is told next time. */
  renew(
    quota: Pick<QuotaStore, 'renew'>,
    ledger: Pick<Ledger, 'renew'>,
    leaseMs: number,
  ): Promise<void>;
}

interface Entry {
  readonly charge: OpenCharge;
  /** By the clock of this process, read before the asking: the ledger's lease lasts no shorter. */
  leaseEndsAtMs: number | null;
}

/**
 * Charges by attempt and owner: two requests may have tried to open the same attempt, and each knows
 * its own only. Both names stay strings of their own; joined anew for each look they cost a
 * twentieth of a request.
 */
class Entries {
  private readonly byAttempt = new Map<OperationId, Entry[]>();
  size = 0;

  find({ operationId, owner }: OpenCharge): Entry | null {
    const entries = this.byAttempt.get(operationId);
    return entries?.find(({ charge }) => charge.owner === owner) ?? null;
  }

  put(entry: Entry): void {
    this.remove(entry.charge);
    const entries = this.byAttempt.get(entry.charge.operationId);
    if (entries === undefined) this.byAttempt.set(entry.charge.operationId, [entry]);
    else entries.push(entry);
    this.size += 1;
  }

  remove({ operationId, owner }: OpenCharge): void {
    const entries = this.byAttempt.get(operationId);
    if (entries === undefined) return;
    const at = entries.findIndex(({ charge }) => charge.owner === owner);
    if (at === -1) return;
    entries.splice(at, 1);
    if (entries.length === 0) this.byAttempt.delete(operationId);
    this.size -= 1;
  }

  all(): Entry[] {
    return [...this.byAttempt.values()].flat();
  }
}

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
  const open = new Entries();
  const spooled = new Entries();
  const all = () => [...open.all(), ...spooled.all()];
  const entryOf = (charge: OpenCharge) => open.find(charge) ?? spooled.find(charge);
  const lease = (entry: Entry, askedAtMs: number) => {
    entry.leaseEndsAtMs = Math.max(entry.leaseEndsAtMs ?? 0, askedAtMs + LEASE_MS);
  };
  return {
    add(charge, rowAskedAtMs) {
      const entry: Entry = { charge, leaseEndsAtMs: null };
      if (rowAskedAtMs !== null) lease(entry, rowAskedAtMs);
      open.put(entry);
    },
    leased(charge, askedAtMs) {
      const entry = entryOf(charge);
      if (entry !== null) lease(entry, askedAtMs);
    },
    isSurelyOwn(charge) {
      const entry = entryOf(charge);
      if (entry === null) return false;
      return entry.leaseEndsAtMs === null || performance.now() < entry.leaseEndsAtMs;
    },
    spooled(charge) {
      const entry = open.find(charge);
      if (entry === null) return;
      open.remove(charge);
      spooled.put(entry);
    },
    onSpool: () => spooled.all().map((entry) => entry.charge),
    isInFlight: (charge) => open.find(charge) !== null,
    remove(charge) {
      open.remove(charge);
      spooled.remove(charge);
    },
    holdsWithoutRow: (tenantId) =>
      all()
        .filter((entry) => entry.leaseEndsAtMs === null && entry.charge.tenantId === tenantId)
        .map(({ charge }) => holdOf(charge)),
    tenants: () => new Set(all().map(({ charge }) => charge.tenantId)),
    get size() {
      return open.size;
    },
    async renew(quota, ledger, leaseMs) {
      const entries = all();
      if (entries.length === 0) return;
      const rows = entries.filter((entry) => entry.leaseEndsAtMs !== null);
      const askedAtMs = performance.now();
      const renewRows = async () => {
        const charges = rows.map((entry) => entry.charge);
        const grips = await ledger.renew(charges, leaseMs);
        for (const [at, entry] of rows.entries()) if (grips[at] === 'held') lease(entry, askedAtMs);
      };
      await Promise.allSettled([
        quota.renew(
          entries.map((entry) => entry.charge),
          leaseMs,
        ),
        renewRows(),
      ]);
    },
  };
}
