import type { ChargeOutcome } from '../domain/charge';
import type { ExpiredCharge } from '../domain/ports';
import { costOf } from '../domain/pricing';
import { failpoint } from './failpoints';
import { settle } from './settle';
import type { EndingPorts } from './types';

const BATCH_MAX = 100;

/**
 * Ends the charges whose owner has gone silent: what the checkpoint says left is committed, and
 * void is what delivered nothing. Safe on any number of instances. Returns how many it looked at.
 */
export async function sweep(ports: EndingPorts): Promise<number> {
  const expired = await ports.ledger.expired(BATCH_MAX);
  if (expired.length > 0) await failpoint('sweep_found');
  await Promise.all(expired.map((row) => end(ports, row)));
  return expired.length;
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
      rateTokens: row.inputTokens + row.outputTokens,
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
