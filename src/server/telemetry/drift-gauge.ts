import type { Gauge } from 'prom-client';
import type { TenantId } from '../domain/ids';

/** Null: the two stores cannot be compared right now. */
export type OnDrift = (tenantId: TenantId, differenceNano: bigint | null) => void;

/**
 * Shows, after each whole round, what the stores differ by: a tenant that could not be compared
 * keeps its figure, and one that was not met (its hash is gone) has none any more.
 */
export function createDriftGauge(gauge: Gauge<'tenant_id'>) {
  let shown = new Map<TenantId, number>();
  return async <T>(round: (onDrift: OnDrift) => Promise<T>): Promise<T> => {
    const met = new Map<TenantId, number>();
    const result = await round((tenantId, nano) => {
      met.set(tenantId, nano === null ? (shown.get(tenantId) ?? 0) : Math.abs(Number(nano)));
    });
    shown = met;
    gauge.reset();
    for (const [tenantId, nano] of shown) gauge.set({ tenant_id: tenantId }, nano);
    return result;
  };
}
