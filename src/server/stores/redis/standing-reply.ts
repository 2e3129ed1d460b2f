import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { Inquiry } from '@/server/domain/ports';
import type { Standing } from '@/server/domain/standing';

const bigint = (value: string | undefined): bigint => BigInt(value ?? '0');
const limitOf = (value: string | undefined): number | null => (value ? Number(value) : null);

/**
 * Parses what `quota_standing.lua` returns. What Redis calls used contains the open operations; a
 * settled amount that its base does not contain yet counts as held.
 */
export function readStandingReply(reply: readonly string[], inquiry: Inquiry): Standing {
  const [, , nowMs, onDay, inMonth, version, base, available, creditLimit, ...counters] = reply;
  const [dailyLimit, dailyBase, daily, monthlyLimit, monthlyBase, monthly, ...ofKey] = counters;
  const [open, requests, tokens, freeInMs, ...used] = ofKey;
  const [day, month] = [trustedDay(onDay ?? ''), trustedMonth(inMonth ?? '')];
  return {
    ...{ nowMs: Number(nowMs), day, month },
    quota: {
      tenantId: inquiry.tenantId,
      balanceNano: bigint(base),
      creditLimitNano: bigint(creditLimit),
      ...{ dailyLimit: limitOf(dailyLimit), dailyUsed: Number(dailyBase), dailyDate: day },
      ...{ monthlyLimit: limitOf(monthlyLimit), monthlyUsed: Number(monthlyBase) },
      monthlyMonth: month,
      version: Number(version),
    },
    heldNano: bigint(base) - bigint(available),
    openToday: Number(daily) - Number(dailyBase),
    openThisMonth: Number(monthly) - Number(monthlyBase),
    key: {
      open: Number(open),
      requestsPerMinute: Number(requests),
      tokensPerMinute: Number(tokens),
      rateFreeInMs: Number(freeInMs),
      used: new Map(inquiry.limits.quotas.map(({ type }, index) => [type, bigint(used[index])])),
    },
  };
}
