import type { OpenCharge, Settlement } from '@/server/domain/charge';
import { newTraceId, newTransactionId, operationId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type { Admission } from '@/server/domain/ports';
import type { KeyLimits } from '@/server/domain/quota';
import type { Account } from './accounts';

export const LEASE_MS = 60_000;
export const AMOUNT_NANO = 61_350n;
const TOKENS = { inputTokens: 9, outputTokens: 100, cachedTokens: 0, reasoningTokens: 0 };
const HELD_NANO = 75_000n;
const NO_LIMITS: KeyLimits = { rpm: null, tpm: null, concurrency: null, quotas: [] };

/** A plain request with a trace id of our own, as most are. */
export function newCharge({ tenantId, keyId }: Account): OpenCharge {
  const transactionId = newTransactionId();
  const nowMs = Date.now();
  return {
    transactionId,
    tenantId,
    keyId,
    traceId: newTraceId(),
    traceNamed: false,
    bodyHash: 'f'.repeat(64),
    endpoint: 'chat.completions',
    isStream: false,
    model: 'sim-bench',
    price: { input: 150_000_000n, output: 600_000_000n, cachedInput: null },
    attempt: 1,
    operationId: operationId(transactionId, 1),
    owner: 'bench',
    admittedBy: 'redis',
    heldNano: HELD_NANO,
    heldTokens: 109,
    day: dayOf(nowMs),
    month: monthOf(nowMs),
    countedInputTokens: TOKENS.inputTokens,
  };
}

/** That it delivered what was asked for. */
export const settlementOf = (charge: OpenCharge): Settlement => ({
  charge,
  outcome: {
    status: 'COMMITTED',
    amountNano: AMOUNT_NANO,
    finish: 'complete',
    usage: {
      billed: TOKENS,
      source: 'upstream',
      anomaly: null,
      countedOutputTokens: null,
      reportedInputTokens: TOKENS.inputTokens,
      reportedOutputTokens: TOKENS.outputTokens,
    },
  },
  timings: { upstream: 'sim', upstreamMs: 2, firstByteMs: 1, durationMs: 3 },
  write: 'insert',
  onlyIfExpired: false,
  answerLeft: false,
});

/** That it wants to begin. */
export const admissionOf = (charge: OpenCharge): Admission => ({
  identity: charge,
  limits: NO_LIMITS,
  demand: {
    minNano: HELD_NANO,
    maxNano: HELD_NANO,
    minTokens: charge.heldTokens,
    maxTokens: charge.heldTokens,
    rateTokens: charge.heldTokens,
  },
  countedInputTokens: charge.countedInputTokens,
  attempt: charge.attempt,
  owner: charge.owner,
  leaseMs: LEASE_MS,
});
