import { dayOf, monthOf, msToNextDay, msToNextMonth } from '../../domain/period';
import type { KeyQuotaUse, PortalKey } from '../../domain/ports/portal';
import { mayChangeKey, mayMakeKeys } from '../keys/access';
import type { PortalContext } from './context';

export interface KeyQuotaView {
  readonly type: string;
  /** Counts or nano-USD, by type; strings because both may exceed 2⁵³. */
  readonly limit: string;
  readonly used: string;
  /** Until it starts afresh; null: a total never does. */
  readonly resetsInMs: number | null;
}

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly status: 'active' | 'disabled' | 'revoked' | 'expired';
  readonly creatorName: string | null;
  /** Whether the one who asks may change it. */
  readonly mayChange: boolean;
  /** What it was before its rotation, while that works still. */
  readonly previous: { readonly prefix: string; readonly until: string } | null;
  readonly allowedModels: readonly string[] | null;
  readonly allowedIps: readonly string[] | null;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly quotas: readonly KeyQuotaView[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  /** By the UTC day. */
  readonly usedToday: boolean;
}

export interface KeyList {
  /** Newest first, revoked ones at the end: what they may do, never what they are. */
  readonly items: readonly KeyView[];
  /** There are more than these. */
  readonly isCut: boolean;
  readonly mayCreate: boolean;
  /** What a key can be allowed to use; a model to chat with comes first. */
  readonly models: readonly string[];
}

/** What a page can hold; the CSV has all. */
const KEYS_MAX = 500;

/** The tenant's API keys, and what the member who asks may do with them. */
export async function listKeys({ ctx }: { ctx: PortalContext }): Promise<KeyList> {
  const [keys, models] = await Promise.all([
    ctx.portal.keys(ctx.tenantId, KEYS_MAX + 1),
    ctx.portal.modelIds(),
  ]);
  return {
    items: keys.slice(0, KEYS_MAX).map((key) => presentKey(key, ctx)),
    isCut: keys.length > KEYS_MAX,
    mayCreate: mayMakeKeys(ctx.actor),
    models,
  };
}

const BATCH = 500;

/** All of them, newest first, in batches that are read as they are taken. */
export async function* everyKey(ctx: PortalContext): AsyncGenerator<readonly KeyView[]> {
  let before: string | null = null;
  do {
    const keys: readonly PortalKey[] = await ctx.portal.keysBefore(ctx.tenantId, before, BATCH);
    yield keys.map((key) => presentKey(key, ctx));
    before = keys.length === BATCH ? (keys.at(-1)?.id ?? null) : null;
  } while (before !== null);
}

function presentKey(key: PortalKey, { actor, nowMs }: PortalContext): KeyView {
  const { previousPrefix: prefix, previousUntil: until, lastUsedAt } = key;
  const hasPrevious = prefix !== null && until !== null && until.getTime() > nowMs;
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    status:
      key.status === 'active' && key.expiresAt !== null && key.expiresAt.getTime() <= nowMs
        ? 'expired'
        : key.status,
    creatorName: key.creatorName,
    mayChange: key.status !== 'revoked' && mayChangeKey(actor, key),
    previous: hasPrevious ? { prefix, until: until.toISOString() } : null,
    allowedModels: key.allowedModels,
    allowedIps: key.allowedIps,
    rpm: key.rpm,
    tpm: key.tpm,
    concurrency: key.concurrency,
    quotas: key.quotas.map((quota) => presentQuota(quota, nowMs)),
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    usedToday: lastUsedAt !== null && dayOf(lastUsedAt.getTime()) === dayOf(nowMs),
  };
}

function presentQuota(quota: KeyQuotaUse, nowMs: number): KeyQuotaView {
  const current = quota.period.length === 10 ? dayOf(nowMs) : monthOf(nowMs);
  const isOver = quota.period !== '' && quota.period < current;
  return {
    type: quota.type,
    limit: String(quota.limit),
    used: isOver ? '0' : String(quota.used),
    resetsInMs: quota.type.startsWith('daily_')
      ? msToNextDay(nowMs)
      : quota.type.startsWith('monthly_')
        ? msToNextMonth(nowMs)
        : null,
  };
}
