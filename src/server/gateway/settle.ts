import type { ChargeOutcome, ChargeTimings, OpenCharge, Settlement } from '../domain/charge';
import type { Nano } from '../domain/money';
import type { DeductReply, SettleReply } from '../domain/ports';
import type { KeyQuotaType } from '../domain/quota';
import { isLedgerUnavailable } from '../domain/unavailable';
import { LEASE_MS, SETTLE_PATIENCE_MS } from './limits';
import type { GatewayPorts } from './types';

/** What is needed to end a charge, whoever ends it: the request, or the sweeper. */
export interface Ending {
  readonly charge: OpenCharge;
  readonly outcome: ChargeOutcome;
  readonly timings: ChargeTimings;
  /** Whether a PENDING row stands; without one a COMMITTED charge is inserted, a void leaves none. */
  readonly hasRow: boolean;
  readonly onlyIfExpired: boolean;
  readonly quotaTypes: readonly KeyQuotaType[];
  /** Tokens charged to the per-minute limit at admission. */
  readonly rateTokens: number;
}

export interface Settled {
  /** `lost`: someone else ended this attempt, and nothing was changed by us. */
  readonly kind: 'settled' | 'lost';
  readonly amountNano: Nano;
  /** What the tenant has available now; null where only the ledger knows. */
  readonly availableNano: Nano | null;
}

/**
 * Phase two of billing, the one way any charge ends: the hold becomes the actual amount in the
 * quota store, the ledger commits, the quota store takes the ledger's row over. Safe to repeat.
 * Throws LedgerUnavailable when the ledger stays away; the lease then decides.
 */
export async function settle(ports: GatewayPorts, ending: Ending): Promise<Settled> {
  const { charge, outcome } = ending;
  if (outcome.status === 'VOIDED' && !ending.hasRow) {
    await fold(ports, charge, null);
    ports.openCharges.remove(charge);
    return { kind: 'settled', amountNano: 0n, availableNano: null };
  }
  const deducted = outcome.status === 'COMMITTED' ? await deduct(ports, ending, outcome) : null;
  // Whatever comes of it, the lease is renewed no more: a charge left open is the sweeper's.
  const reply = await commit(ports, {
    charge,
    outcome,
    timings: ending.timings,
    write: ending.hasRow ? 'update' : 'insert',
    onlyIfExpired: ending.onlyIfExpired,
  }).finally(() => ports.openCharges.remove(charge));
  // A void must be free for its next attempt when the client hears of it; a commit may fold later.
  const folded = fold(ports, charge, reply);
  if (outcome.status === 'VOIDED') await folded;
  return {
    kind: reply.kind,
    amountNano: outcome.status === 'COMMITTED' ? outcome.amountNano : 0n,
    availableNano: deducted !== null && 'balanceNano' in deducted ? deducted.balanceNano : null,
  };
}

async function deduct(
  ports: GatewayPorts,
  ending: Ending,
  outcome: Extract<ChargeOutcome, { status: 'COMMITTED' }>,
): Promise<DeductReply> {
  const { billed } = outcome.usage;
  const tokens = billed.inputTokens + billed.outputTokens;
  const reply = await ports.quota.deduct({
    charge: ending.charge,
    amountNano: outcome.amountNano,
    tokens,
    requests: 1,
    rateTokensUnused: ending.rateTokens - tokens,
    allowNegative: true,
    quotaTypes: ending.quotaTypes,
    leaseMs: LEASE_MS,
  });
  return reply;
}

/** Tries the ledger until its patience ends; a repeat finds its own work and counts it once. */
async function commit(ports: GatewayPorts, settlement: Settlement): Promise<SettleReply> {
  const until = Date.now() + SETTLE_PATIENCE_MS;
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1_000)) {
    try {
      const reply = await ports.ledger.settle(settlement);
      if (settlement.outcome.status === 'COMMITTED' && reply.kind === 'settled') {
        ports.telemetry.deducted();
      }
      return reply;
    } catch (error) {
      if (isLedgerUnavailable(error) && Date.now() + waitMs < until) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        continue;
      }
      ports.telemetry.deductFailed('db_error');
      throw error;
    }
  }
}

async function fold(
  ports: GatewayPorts,
  charge: OpenCharge,
  reply: SettleReply | null,
): Promise<void> {
  const traceId = charge.traceNamed ? charge.traceId : null;
  try {
    await ports.quota.fold({
      tenantId: charge.tenantId,
      quota: reply?.quota ?? null,
      keyQuotas: reply?.keyQuotas ?? [],
      operations: [{ operationId: charge.operationId, traceId }],
    });
  } catch (cause) {
    // The ledger has the truth; the reconciler drops the operation once its lease has run out.
    ports.telemetry.fault('fold', cause, { traceId: charge.traceId });
  }
}
