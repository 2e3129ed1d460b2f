import type { OpenCharge, Settlement } from '../../src/server/domain/charge';
import { newTraceId, newTransactionId, operationId } from '../../src/server/domain/ids';
import { dayOf, monthOf } from '../../src/server/domain/period';
import type { Payer } from './subject';

/** An admitted charge, as the gateway would hand it to the ledger. */
export function chargeOf({ tenantId, keyId }: Payer): OpenCharge {
  const transactionId = newTransactionId();
  const nowMs = Date.now();
  return {
    ...{ transactionId, tenantId, keyId },
    traceId: newTraceId(),
    traceNamed: false,
    bodyHash: 'growth',
    endpoint: 'chat.completions',
    isStream: true,
    model: 'sim-small',
    price: { input: 1_000_000_000n, output: 1_000_000_000n, cachedInput: null },
    attempt: 1,
    operationId: operationId(transactionId, 1),
    owner: 'growth',
    admittedBy: 'redis',
    heldNano: 1_000n,
    heldTokens: 1_000,
    day: dayOf(nowMs),
    month: monthOf(nowMs),
    countedInputTokens: 500,
  };
}

/** A plain answer of 200 tokens for a nano-USD, settled without a row before it. */
export const paid = (payer: Payer): Settlement => ({
  charge: chargeOf(payer),
  outcome: {
    status: 'COMMITTED',
    amountNano: 1n,
    finish: 'complete',
    usage: {
      billed: { inputTokens: 500, outputTokens: 200, cachedTokens: 0, reasoningTokens: 0 },
      source: 'counted',
      anomaly: null,
      countedOutputTokens: 200,
      reportedInputTokens: 500,
      reportedOutputTokens: 200,
    },
  },
  timings: { upstream: 'simulator', upstreamMs: 800, firstByteMs: 120, durationMs: 830 },
  write: 'insert',
  onlyIfExpired: false,
  answerLeft: false,
});
