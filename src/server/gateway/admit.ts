import type { ChargeIdentity, OpenCharge } from '../domain/charge';
import { operationId } from '../domain/ids';
import type { Nano } from '../domain/money';
import { dayOf, monthOf } from '../domain/period';
import type { Admission, AdmissionReply } from '../domain/ports';
import type { KeyLimits, RateShare, RateStates } from '../domain/quota';
import { isLedgerUnavailable } from '../domain/unavailable';
import { type RequestTrace, traced } from '../telemetry/tracing';
import type { Estimate } from './estimate';
import { failpoint } from './failpoints';
import { giveBackRate } from './give-back-rate';
import { LEASE_MS } from './limits';
import { type PlacedRow, placeRow } from './place-row';
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
  readonly rateShare: RateShare | null;
  readonly row: PlacedRow;
  readonly trace: RequestTrace | undefined;
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
  const askedAtMs = performance.now();
  const { trace } = exchange;
  const reply = await traced(trace, 'hold', () =>
    askForHold(ports, {
      identity,
      limits,
      demand: estimate.demand,
      countedInputTokens: estimate.inputTokens,
      attempt,
      owner,
      leaseMs: LEASE_MS,
    }),
  );
  if (reply.kind === 'refused') {
    if (reply.refusal.code === 'insufficient_quota') {
      ports.telemetry.deductFailed('insufficient_balance');
    }
    throw refusalError(reply.refusal, limits, estimate.demand.rateTokens);
  }
  if (reply.kind === 'trace_taken') {
    throw traceTaken(ports, reply.holder, caller, identity.bodyHash);
  }
  if (reply.kind === 'superseded') {
    // One that got no row has ended as well: the next attempt is judged after it.
    await ports.ledger.burnAttempt(identity.transactionId, attempt);
    return null;
  }
  // Spread last: what follows a spread gives each object a shape of its own, which costs V8 dearly.
  const charge: OpenCharge = {
    attempt,
    operationId: operationId(identity.transactionId, attempt),
    owner,
    admittedBy: reply.store,
    heldNano: reply.heldNano,
    heldTokens: reply.heldTokens,
    day: reply.day,
    month: reply.month,
    countedInputTokens: estimate.inputTokens,
    ...identity,
  };
  const { rateTokens: tokens } = estimate.demand;
  const rateShare =
    reply.rateMinute === null ? null : { minute: reply.rateMinute, requests: 1, tokens };
  ports.openCharges.add(charge, reply.rowOpened ? askedAtMs : null);
  await failpoint('hold_placed');
  const row: PlacedRow | null = reply.rowOpened
    ? { state: 'standing', opening: null }
    : await placeRowOrRelease(ports, charge, rateShare, trace);
  if (row === null) return null;
  return {
    charge,
    estimate,
    limits,
    availableNano: reply.availableNano,
    rates: reply.rates,
    rateShare,
    row,
    trace,
  };
}

/** Where the ledger places the hold, a row may stand although it did not say so. */
async function askForHold(ports: GatewayPorts, admission: Admission): Promise<AdmissionReply> {
  try {
    return await ports.quota.admit(admission);
  } catch (error) {
    if (isLedgerUnavailable(error)) ports.doubtfulRows.add(unanswered(admission));
    throw error;
  }
}

const unanswered = ({ identity, attempt, owner, countedInputTokens }: Admission): OpenCharge => ({
  ...identity,
  ...{ attempt, owner, countedInputTokens, admittedBy: 'postgres', heldNano: 0n, heldTokens: 0 },
  operationId: operationId(identity.transactionId, attempt),
  day: dayOf(Date.now()),
  month: monthOf(Date.now()),
});

/** The row, or no hold either. */
async function placeRowOrRelease(
  ports: GatewayPorts,
  charge: OpenCharge,
  rateShare: RateShare | null,
  trace: RequestTrace | undefined,
): Promise<PlacedRow | null> {
  try {
    const row = await placeRow(ports, charge, trace);
    if (row !== null) return row;
  } catch (error) {
    await release(ports, charge, rateShare);
    throw error;
  }
  await release(ports, charge, rateShare);
  return null;
}

/** Drops a hold that no row stands for: the request is refused, and takes nothing from a limit. */
async function release(
  ports: GatewayPorts,
  charge: OpenCharge,
  rateShare: RateShare | null,
): Promise<void> {
  ports.openCharges.remove(charge);
  await giveBackRate(ports, charge, rateShare);
  await ports.quota.fold({
    tenantId: charge.tenantId,
    quota: null,
    keyQuotas: [],
    operations: [
      { operationId: charge.operationId, traceId: charge.traceNamed ? charge.traceId : null },
    ],
  });
}
