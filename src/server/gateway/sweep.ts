import type { ChargeOutcome } from '../domain/charge';
import type { ExpiredCharge } from '../domain/ports';
import { costOf } from '../domain/pricing';
import { failpoint } from './failpoints';
import { settle } from './settle';
import { type TimeBudget, UNBOUNDED } from './time-budget';
import type { EndingPorts } from './types';

const BATCH_MAX = 100;

/**
 * Ends the charges whose owner has gone silent: what the checkpoint says left is committed, and
 * void is what delivered nothing. Safe on any number of instances. Returns how many it looked at.
 * Begins no further batch once its time is up.
 */
export async function sweep(ports: EndingPorts, budget: TimeBudget = UNBOUNDED): Promise<number> {
  const seen = new Set<string>();
  for (;;) {
    const expired = await ports.ledger.expired(BATCH_MAX);
    // What could not be ended comes up again: it is left to the next sweep.
    const fresh = expired.filter(({ charge }) => !seen.has(charge.operationId));
    if (fresh.length > 0) await failpoint('sweep_found');
    await Promise.all(fresh.map((row) => end(ports, row)));
    for (const { charge } of fresh) seen.add(charge.operationId);
    if (fresh.length === 0 || expired.length < BATCH_MAX || budget.isUp()) return seen.size;
  }
}

async function end(ports: EndingPorts, row: ExpiredCharge): Promise<void> {
  const { charge } = row;
  try {
    await settle(ports, {
      charge,
      outcome: outcomeOf(row),
      timings: { upstream: null, upstreamMs: null, firstByteMs: null, durationMs: null },
      hasRow: true,
      onlyIfExpired: true,
      quotaTypes: [],
      rateShare: null,
    });
  } catch (cause) {
    ports.telemetry.fault('sweep', cause, { traceId: charge.traceId, tenantId: charge.tenantId });
  }
}

function outcomeOf({ charge, inputTokens, outputTokens }: ExpiredCharge): ChargeOutcome {
  if (outputTokens === 0) return { status: 'VOIDED', reason: 'lease_expired' };
  const billed = { inputTokens, outputTokens, cachedTokens: 0, reasoningTokens: 0 };
  return {
    status: 'COMMITTED',
    amountNano: costOf(charge.price, billed),
    finish: 'lease_expired',
    usage: {
      billed,
      source: 'checkpoint',
      anomaly: null,
      countedOutputTokens: outputTokens,
      reportedInputTokens: null,
      reportedOutputTokens: null,
    },
  };
}
