import type { ChargeOutcome, ChargeTimings, VoidReason } from '../domain/charge';
import type { Nano } from '../domain/money';
import type { Admitted } from './admit';
import { endedElsewhere } from './ended-elsewhere';
import { type Settled, settle } from './settle';
import type { GatewayPorts } from './types';

/**
 * Ends an admitted charge, and tells what is available afterwards where a store knows it.
 * Throws when someone else ended it: what is left to deliver would be given away.
 */
export async function endCharge(
  ports: GatewayPorts,
  admitted: Admitted,
  outcome: ChargeOutcome,
  timings: ChargeTimings,
): Promise<Settled> {
  const { charge, limits, row } = admitted;
  if (row.opening !== null) await row.opening;
  const settled = await settle(ports, {
    charge,
    outcome,
    timings,
    hasRow: row.state === 'standing',
    onlyIfExpired: false,
    quotaTypes: limits.quotas.map((quota) => quota.type),
    rateShare: admitted.rateShare,
    trace: admitted.trace,
  });
  ports.shutdown.trail(settled.folded);
  if (settled.kind === 'lost') throw endedElsewhere();
  return settled.availableNano === null
    ? { ...settled, availableNano: await available(ports, charge.tenantId) }
    : settled;
}

async function available(
  ports: GatewayPorts,
  tenantId: Admitted['charge']['tenantId'],
): Promise<Nano | null> {
  try {
    const check = await ports.quota.check(tenantId, 0n);
    if (check.kind === 'ok') return check.availableNano;
    return 'availableNano' in check.refusal ? check.refusal.availableNano : null;
  } catch {
    // The charge is durable; its answer must not fail for a figure beside it.
    return null;
  }
}

/** Ends a charge for which nothing was delivered; the hold is free before the error leaves. */
export async function voidCharge(
  ports: GatewayPorts,
  admitted: Admitted,
  reason: VoidReason,
  timings: ChargeTimings,
): Promise<void> {
  const { charge, limits, row } = admitted;
  await row.opening?.catch(() => undefined);
  await settle(ports, {
    charge,
    outcome: { status: 'VOIDED', reason },
    timings,
    hasRow: row.state === 'standing',
    onlyIfExpired: false,
    quotaTypes: limits.quotas.map((quota) => quota.type),
    rateShare: admitted.rateShare,
    trace: admitted.trace,
  });
}
