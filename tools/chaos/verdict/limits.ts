import { isOfRedis } from '../faults/kinds';
import type { ChargeRow, Evidence, TenantFigures } from './evidence';

/**
 * E: no overspend. Nobody spends more than credits and credit limit, nor passes a daily, monthly or
 * key limit. Where Redis was struck, the excess is at most what was held at one moment.
 */
export function limitFaults({ tenants, rows, struck }: Evidence): string[] {
  const wasStruck = struck.some(({ kind }) => isOfRedis(kind));
  return tenants.flatMap((tenant) => {
    const own = rows.filter(({ tenantId }) => tenantId === tenant.tenantId);
    const open = wasStruck ? mostHeldAtOnce(own) : { nano: 0n, count: 0 };
    return usesOf(tenant)
      .filter(
        ({ used, limit, isMoney }) => used > limit + (isMoney ? open.nano : BigInt(open.count)),
      )
      .map(({ what, used, limit }) => `E: ${tenant.tenantId}: ${what}: ${used} of ${limit}`);
  });
}

interface Use {
  readonly what: string;
  readonly used: bigint;
  readonly limit: bigint;
  readonly isMoney: boolean;
}

function usesOf(tenant: TenantFigures): Use[] {
  const count = BigInt(tenant.charges);
  const uses: Use[] = [
    {
      what: 'spent of credits and credit limit',
      used: tenant.chargedNano,
      limit: tenant.creditsNano + tenant.creditLimitNano,
      isMoney: true,
    },
  ];
  for (const [what, limit] of [
    ['requests of the day', tenant.dailyLimit],
    ['requests of the month', tenant.monthlyLimit],
  ] as const) {
    if (limit !== null) uses.push({ what, used: count, limit: BigInt(limit), isMoney: false });
  }
  for (const { type, limit } of tenant.keyLimits) {
    const isMoney = type.endsWith('_amount');
    uses.push({
      what: `key's ${type}`,
      used: isMoney ? tenant.chargedNano : count,
      limit,
      isMoney,
    });
  }
  return uses;
}

/** The most that a tenant's charges held at one moment. A voided one may have held to the end. */
export function mostHeldAtOnce(rows: readonly ChargeRow[]): { nano: bigint; count: number } {
  const moments = rows.flatMap((row) => {
    const { createdAtMs, committedAtMs, durationMs, holdNano } = row;
    const fromMs = Math.min(createdAtMs, (committedAtMs ?? createdAtMs) - durationMs);
    const begin = { atMs: fromMs, nano: holdNano, count: 1 };
    if (committedAtMs === null) return [begin];
    return [begin, { atMs: committedAtMs, nano: -holdNano, count: -1 }];
  });
  moments.sort((a, b) => a.atMs - b.atMs || b.count - a.count);
  let [nano, count] = [0n, 0];
  const most = { nano: 0n, count: 0 };
  for (const moment of moments) {
    nano += moment.nano;
    count += moment.count;
    if (nano > most.nano) most.nano = nano;
    most.count = Math.max(most.count, count);
  }
  return most;
}
