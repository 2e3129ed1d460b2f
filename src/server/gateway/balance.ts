import { endOfDay, endOfMonth } from '../domain/period';
import type { KeyRecord } from '../domain/ports';
import type { KeyQuotaType } from '../domain/quota';
import { type Standing, spendableNano, usedThisMonth, usedToday } from '../domain/standing';
import { identityHeaders } from './exchange';
import { jsonReply } from './json-reply';
import type { Run } from './run';
import type { GatewayReply } from './types';

/**
 * What the tenant has and has used, and what the key has: as the next request would be judged, with
 * requests under way counted. One reading, so it adds up. Throws LedgerUnavailable.
 */
export async function answerBalance({ ports, caller, exchange }: Run): Promise<GatewayReply> {
  const { tenantId, keyId, limits } = caller.key;
  const standing = await ports.standings.standing({ tenantId, keyId, limits, rateTokens: 0 });
  return jsonReply(200, presentBalance(standing, caller.key), identityHeaders(exchange));
}

function presentBalance(standing: Standing, key: KeyRecord) {
  const { quota, heldNano, day, month } = standing;
  return {
    available: String(spendableNano(standing)),
    balance: String(quota.balanceNano),
    held: String(heldNano),
    creditLimit: String(quota.creditLimitNano),
    dailyLimit: quota.dailyLimit,
    dailyUsed: usedToday(standing),
    dailyResetsAt: instant(endOfDay(day)),
    monthlyLimit: quota.monthlyLimit,
    monthlyUsed: usedThisMonth(standing),
    monthlyResetsAt: instant(endOfMonth(month)),
    key: {
      id: key.keyId,
      rpm: key.limits.rpm,
      tpm: key.limits.tpm,
      concurrency: key.limits.concurrency,
      openRequests: standing.key.open,
      quotas: key.limits.quotas.map(({ type, limit }) => ({
        quotaType: type,
        limit: inUnitOf(type, limit),
        used: inUnitOf(type, standing.key.used.get(type) ?? 0n),
        resetsAt: resetOf(type, standing),
      })),
    },
  };
}

const instant = (atMs: number): string => new Date(atMs).toISOString();

/** Money is a string everywhere, counts are numbers. */
const inUnitOf = (type: KeyQuotaType, value: bigint): string | number =>
  type.endsWith('_amount') ? String(value) : Number(value);

/** Null: a total is never reset. */
function resetOf(type: KeyQuotaType, { day, month }: Standing): string | null {
  if (type.startsWith('daily_')) return instant(endOfDay(day));
  return type.startsWith('monthly_') ? instant(endOfMonth(month)) : null;
}
