import type { Gauge } from 'prom-client';
import type { TenantId } from '../domain/ids';

/** Null: the two stores cannot be compared right now. */
export type OnDrift = (tenantId: TenantId, differenceNano: bigint | null) => void;

/** Each tenant shown is a series: beyond so many, those that differ most are. */
const TENANTS_SHOWN_MAX = 1_000;

/**
 * Shows, after each whole round, what the stores differ by: a tenant that could not be compared
 * keeps its figure, and one that was not met (its hash is gone) has none any more.
 */
export function createDriftGauge(gauge: Gauge<'tenant_id'>, shownMax = TENANTS_SHOWN_MAX) {
  let known = new Map<TenantId, number>();
  return async <T>(round: (onDrift: OnDrift) => Promise<T>): Promise<T> => {
    const met = new Map<TenantId, number>();
    const result = await round((tenantId, nano) => {
      met.set(tenantId, nano === null ? (known.get(tenantId) ?? 0) : Math.abs(Number(nano)));
    });
    known = met;
    gauge.reset();
    for (const [tenantId, nano] of worst(known, shownMax)) gauge.set({ tenant_id: tenantId }, nano);
    return result;
  };
}

function worst(known: ReadonlyMap<TenantId, number>, max: number): [TenantId, number][] {
  const all = [...known];
  if (all.length <= max) return all;
  return all.sort(([, one], [, other]) => other - one).slice(0, max);
}
