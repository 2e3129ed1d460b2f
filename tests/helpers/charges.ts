import type { ChargeOutcome, OpenCharge, Settlement, VoidReason } from '@/server/domain/charge';
import { newTraceId, newTransactionId, operationId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type { Account } from './ledger-bench';

const PRICE = { input: 1_000_000_000n, output: 1_000_000_000n, cachedInput: null };

/** An admitted charge of an account, as the gateway would hand it on. */
export function chargeOf(account: Account, over: Partial<OpenCharge> = {}): OpenCharge {
  const transactionId = over.transactionId ?? newTransactionId();
  const attempt = over.attempt ?? 1;
  const now = Date.now();
  return {
    transactionId,
    tenantId: account.tenantId,
    keyId: account.keyId,
    traceId: newTraceId(),
    traceNamed: true,
    bodyHash: 'body-1',
    endpoint: 'chat.completions',
    isStream: true,
    model: 'sim-1',
    price: PRICE,
    attempt,
    operationId: operationId(transactionId, attempt),
    owner: 'owner-1',
    admittedBy: 'redis',
    heldNano: 100n,
    heldTokens: 10,
    day: dayOf(now),
    month: monthOf(now),
    countedInputTokens: 3,
    ...over,
  };
}

/** The same charge, one attempt on. */
export const nextAttempt = (charge: OpenCharge, over: Partial<OpenCharge> = {}): OpenCharge => ({
  ...charge,
  attempt: charge.attempt + 1,
  operationId: operationId(charge.transactionId, charge.attempt + 1),
  ...over,
});

export const delivered = (amountNano: bigint, tokens = 7): ChargeOutcome => ({
  status: 'COMMITTED',
  amountNano,
  finish: 'complete',
  usage: {
    billed: { inputTokens: 3, outputTokens: tokens - 3, cachedTokens: 0, reasoningTokens: 0 },
    source: 'counted',
    anomaly: null,
    countedOutputTokens: tokens - 3,
    reportedInputTokens: null,
    reportedOutputTokens: null,
  },
});

const settlementOf = (charge: OpenCharge, outcome: ChargeOutcome): Settlement => ({
  charge,
  outcome,
  timings: { upstream: 'sim', upstreamMs: 5, firstByteMs: 3, durationMs: 9 },
  write: 'update',
  onlyIfExpired: false,
  answerLeft: false,
});

/** The settlement of a charge that delivered something. */
export const paid = (
  charge: OpenCharge,
  amountNano: bigint,
  over: Partial<Settlement> = {},
): Settlement => ({ ...settlementOf(charge, delivered(amountNano)), ...over });

/** The settlement of a charge that delivered nothing. */
export const unpaid = (
  charge: OpenCharge,
  over: Partial<Settlement> = {},
  reason: VoidReason = 'upstream_error',
): Settlement => ({ ...settlementOf(charge, { status: 'VOIDED', reason }), ...over });
