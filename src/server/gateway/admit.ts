import type { ChargeIdentity, OpenCharge } from '../domain/charge';
import { operationId } from '../domain/ids';
import type { Nano } from '../domain/money';
import type { KeyLimits, RateStates } from '../domain/quota';
import type { Estimate } from './estimate';
import { failpoint } from './failpoints';
import { LEASE_MS } from './limits';
import { refusalError } from './refusal-error';
import { traceTaken } from './resolve-trace';
import type { Run } from './run';
import type { GatewayPorts } from './types';

/** A charge that may be bought for: its hold stands, and its row where it has to. */
export interface Admitted {
  readonly charge: OpenCharge;
  readonly estimate: Estimate;
  readonly limits: KeyLimits;
  readonly availableNano: Nano;
  readonly rates: RateStates;
  /** `standing`: written. `opening`: being written beside the upstream call. `none`: not needed. */
  readonly row: { state: 'standing' | 'opening' | 'none'; opening: Promise<void> | null };
}

/**
 * Phase one of billing: claims the trace and places the hold in one step, then writes the PENDING
 * row where one is needed. Null when the trace was taken meanwhile: look at it again.
 * Throws the refusal (402, 429), 409, or LedgerUnavailable; then nothing is held.
 */
export async function admit(
  { ports, caller, exchange }: Run,
  identity: ChargeIdentity,
  attempt: number,
  estimate: Estimate,
): Promise<Admitted | null> {
  const { limits } = caller.key;
  const owner = `${ports.owner}/${exchange.requestId}`;
  const reply = await ports.quota.admit({
    identity,
    limits,
    demand: estimate.demand,
    countedInputTokens: estimate.inputTokens,
    attempt,
    owner,
    leaseMs: LEASE_MS,
  });
  if (reply.kind === 'refused') {
    if (reply.refusal.code === 'insufficient_quota') {
      ports.telemetry.deductFailed('insufficient_balance');
    }
    throw refusalError(reply.refusal, limits);
  }
  if (reply.kind === 'trace_taken') {
    throw traceTaken(ports, reply.holder, caller, identity.bodyHash);
  }
  if (reply.kind === 'superseded') return null;
  const charge: OpenCharge = {
    ...identity,
    attempt,
    operationId: operationId(identity.transactionId, attempt),
    owner,
    admittedBy: reply.store,
    heldNano: reply.heldNano,
    heldTokens: reply.heldTokens,
    day: reply.day,
    month: reply.month,
    countedInputTokens: estimate.inputTokens,
  };
  ports.openCharges.add(charge, reply.rowOpened);
  await failpoint('hold_placed');
  const row = reply.rowOpened ? standing() : await placeRow(ports, charge);
  if (row === null) return null;
  return {
    charge,
    estimate,
    limits,
    availableNano: reply.availableNano,
    rates: reply.rates,
    row,
  };
}

const standing = (): Admitted['row'] => ({ state: 'standing', opening: null });

/** A named trace's row stands before the purchase; a stream's may be written beside it. */
async function placeRow(ports: GatewayPorts, charge: OpenCharge): Promise<Admitted['row'] | null> {
  if (!charge.traceNamed && !charge.isStream) return { state: 'none', opening: null };
  if (!charge.traceNamed) {
    const row: Admitted['row'] = { state: 'opening', opening: null };
    row.opening = ports.ledger.openRow(charge, LEASE_MS).then((opened) => {
      if (opened.kind === 'taken') throw new Error('A trace id of our own making was taken');
      row.state = 'standing';
      ports.openCharges.rowOpened(charge);
    });
    // It is awaited before the first byte; until then a failure must not count as unhandled.
    row.opening.catch(() => undefined);
    return row;
  }
  try {
    const opened = await ports.ledger.openRow(charge, LEASE_MS);
    if (opened.kind === 'opened') {
      ports.openCharges.rowOpened(charge);
      await failpoint('row_opened');
      return standing();
    }
  } catch (error) {
    await release(ports, charge);
    throw error;
  }
  await release(ports, charge);
  return null;
}

/** Drops a hold that no row stands for. */
export async function release(ports: GatewayPorts, charge: OpenCharge): Promise<void> {
  ports.openCharges.remove(charge);
  await ports.quota.fold({
    tenantId: charge.tenantId,
    quota: null,
    keyQuotas: [],
    operations: [
      { operationId: charge.operationId, traceId: charge.traceNamed ? charge.traceId : null },
    ],
  });
}
