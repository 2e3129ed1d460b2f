import { dayOf, monthOf } from '../../domain/period';
import type { KeyQuotaUse } from '../../domain/ports/portal';
import type { PortalContext } from './context';

export interface KeyQuotaView {
  readonly type: string;
  /** Counts or nano-USD, by type; strings because both may exceed 2⁵³. */
  readonly limit: string;
  readonly used: string;
}

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly status: 'active' | 'disabled' | 'revoked' | 'expired';
  readonly allowedModels: readonly string[] | null;
  readonly allowedIps: readonly string[] | null;
  readonly rpm: number | null;
  readonly tpm: number | null;
  readonly concurrency: number | null;
  readonly quotas: readonly KeyQuotaView[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
}

/** The tenant's API keys, newest first: what they may do, never what they are. */
export async function listKeys({ ctx }: { ctx: PortalContext }): Promise<readonly KeyView[]> {
  const keys = await ctx.portal.keys(ctx.tenantId);
  return keys.map((key) => ({
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    status:
      key.status === 'active' && key.expiresAt !== null && key.expiresAt.getTime() <= ctx.nowMs
        ? 'expired'
        : key.status,
    allowedModels: key.allowedModels,
    allowedIps: key.allowedIps,
    rpm: key.rpm,
    tpm: key.tpm,
    concurrency: key.concurrency,
    quotas: key.quotas.map((quota) => presentQuota(quota, ctx.nowMs)),
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
  }));
}

function presentQuota(quota: KeyQuotaUse, nowMs: number): KeyQuotaView {
  const current = quota.period.length === 10 ? dayOf(nowMs) : monthOf(nowMs);
  const isOver = quota.period !== '' && quota.period < current;
  return { type: quota.type, limit: String(quota.limit), used: isOver ? '0' : String(quota.used) };
}
