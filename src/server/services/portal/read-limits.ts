import { TallygateError } from '../../domain/errors';
import { parseApiKeyId } from '../../domain/ids';
import { dayOf, endOfDay, endOfMonth, monthOf } from '../../domain/period';
import type { QuotaReader } from '../../domain/ports/quota-store';
import type { PortalContext } from './context';
import { type KeyView, listKeys } from './list-keys';

/** What the limits are read from, beside the portal's figures. */
export interface LimitsContext extends PortalContext {
  /** Quota as the next request would be judged by it. */
  readonly standings: QuotaReader;
}

export interface CountLimit {
  readonly used: number;
  /** Null: unlimited. */
  readonly limit: number | null;
}

export interface RateLimit {
  readonly limit: number;
  /** In the last minute, or open now; null: the quota store does not tell at the moment. */
  readonly used: number | null;
}

/** What holds one key back. */
export interface KeyLimitsView
  extends Pick<
    KeyView,
    'id' | 'name' | 'prefix' | 'status' | 'quotas' | 'allowedModels' | 'allowedIps' | 'expiresAt'
  > {
  readonly requestsPerMinute: RateLimit | null;
  readonly tokensPerMinute: RateLimit | null;
  readonly concurrency: RateLimit | null;
}

/** Money in nano-USD, as strings. */
export interface Limits {
  readonly tenantName: string;
  readonly suspended: boolean;
  readonly balanceNano: string;
  readonly heldNano: string;
  readonly creditLimitNano: string;
  /** Balance and credit, less what is held: what the next request can cost at most. */
  readonly spendableNano: string;
  readonly inFlight: number;
  readonly today: CountLimit;
  readonly month: CountLimit;
  readonly dayEndsAt: string;
  readonly monthEndsAt: string;
  /** All but revoked ones, newest first. */
  readonly keys: readonly KeyLimitsView[];
  /** Models in the catalogue. */
  readonly models: number;
}

/** Keys whose rates are asked for: each is a question to the quota store. */
const RATES_MAX = 50;

/** Every limit that applies to the tenant and its keys, and how much of each is used. */
export async function readLimits({ ctx }: { ctx: LimitsContext }): Promise<Limits> {
  const [standing, keys] = await Promise.all([
    ctx.portal.standing(ctx.tenantId),
    listKeys({ ctx }),
  ]);
  if (standing === null) throw new TallygateError('not_found', 'There is no such tenant.');
  const { balanceNano, heldNano, creditLimitNano, inFlight, dailyLimit, monthlyLimit } = standing;
  const [day, month] = [dayOf(ctx.nowMs), monthOf(ctx.nowMs)];
  const current = keys.items.filter((key) => key.status !== 'revoked');
  return {
    tenantName: standing.name,
    suspended: standing.status === 'suspended',
    balanceNano: String(balanceNano),
    heldNano: String(heldNano),
    creditLimitNano: String(creditLimitNano),
    spendableNano: String(balanceNano + creditLimitNano - heldNano),
    inFlight,
    today: { used: standing.dailyDate >= day ? standing.dailyUsed : 0, limit: dailyLimit },
    month: { used: standing.monthlyMonth >= month ? standing.monthlyUsed : 0, limit: monthlyLimit },
    dayEndsAt: new Date(endOfDay(day)).toISOString(),
    monthEndsAt: new Date(endOfMonth(month)).toISOString(),
    keys: await Promise.all(current.map((key, index) => limitsOf(ctx, key, index < RATES_MAX))),
    models: keys.models.length,
  };
}

async function limitsOf(
  ctx: LimitsContext,
  key: KeyView,
  isAsked: boolean,
): Promise<KeyLimitsView> {
  const { rpm, tpm, concurrency } = key;
  const hasRates = rpm !== null || tpm !== null || concurrency !== null;
  const use = hasRates && isAsked ? await rateUse(ctx, key) : null;
  const rate = (limit: number | null, used: number | undefined): RateLimit | null =>
    limit === null ? null : { limit, used: used ?? null };
  const { id, name, prefix, status, quotas, allowedModels, allowedIps, expiresAt } = key;
  return {
    ...{ id, name, prefix, status, quotas, allowedModels, allowedIps, expiresAt },
    requestsPerMinute: rate(rpm, use?.requestsPerMinute),
    tokensPerMinute: rate(tpm, use?.tokensPerMinute),
    concurrency: rate(concurrency, use?.open),
  };
}

/** Null where the quota store is out of reach: the page has the rest. */
async function rateUse(ctx: LimitsContext, { id, rpm, tpm, concurrency }: KeyView) {
  const keyId = parseApiKeyId(id);
  if (keyId === null) return null;
  const { tenantId } = ctx;
  const limits = { rpm, tpm, concurrency, quotas: [] };
  try {
    return (await ctx.standings.standing({ tenantId, keyId, limits, rateTokens: 0 })).key;
  } catch {
    return null;
  }
}
