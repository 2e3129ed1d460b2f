import type { OpenCharge } from '../domain/charge';
import type { RateShare } from '../domain/quota';
import { LEASE_MS } from './limits';
import type { EndingPorts } from './types';

/**
 * Gives a share of its key's limits per minute back for a hold that comes to nothing, before that is
 * folded. Never throws: what cannot be given back is used for the rest of its minute.
 */
export async function giveBackRate(
  ports: Pick<EndingPorts, 'quota' | 'telemetry'>,
  charge: OpenCharge,
  unused: RateShare | null,
): Promise<void> {
  if (unused === null) return;
  try {
    await ports.quota.deduct({
      ...{ charge, unused, amountNano: 0n, tokens: 0, requests: 0, allowNegative: true },
      ...{ quotaTypes: [], leaseMs: LEASE_MS },
    });
  } catch (cause) {
    ports.telemetry.fault('give_back_rate', cause, { traceId: charge.traceId });
  }
}
