import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { newApiKeyId, parseTenantId } from '../../domain/ids';
import type { NewKey } from '../../domain/ports/repositories';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { notFound } from '../permission';
import { requireMayMakeKeys } from './access';
import { keyFields } from './fields';
import { newSecret } from './secret';
import { type CreatedKeyView, presentKey } from './view';

export const createKeyInput = z.strictObject({ tenantId: z.string(), ...keyFields });

/** A new API key. The answer is the only place where it is ever shown. */
export async function createKey({
  ctx,
  input,
}: Call<z.output<typeof createKeyInput>>): Promise<CreatedKeyView> {
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  requireMayMakeKeys(ctx, tenantId);
  const { key, secret } = newSecret(ctx);
  const row: NewKey = {
    ...secret,
    id: newApiKeyId(),
    tenantId,
    createdBy: ctx.actor.kind === 'account' ? ctx.actor.accountId : null,
    name: input.name,
    expiresAt: input.expiresAt ?? null,
    allowedModels: input.allowedModels ?? null,
    allowedIps: input.allowedIps ?? null,
    rpm: input.rpm ?? null,
    tpm: input.tpm ?? null,
    concurrency: input.concurrency ?? null,
    quotas: (input.quotas ?? []).map(({ quotaType, limit }) => ({ type: quotaType, limit })),
  };
  const { created, quota } = await ctx.unitOfWork.transact(async (tx) => {
    if ((await tx.tenants.standing(tenantId)) === null) throw notFound('tenant');
    const created = await tx.keys.create(row);
    if (created === null) throw new TallygateError('conflict', 'This key exists already.');
    const after = presentKey({ ...row, status: 'active', createdAt: created.createdAt });
    await tx.auditLog.append(
      auditEntry(ctx, { tenantId, action: 'key.create', target: row.id, after }),
    );
    // A key quota is a change of the tenant's quota: stores that know an older version look again.
    const quota = row.quotas.length > 0 ? await tx.tenants.updateQuota(tenantId, {}) : null;
    return { created, quota };
  });
  if (quota !== null) await ctx.feed.quotaChanged(quota, created.quotas);
  return { ...presentKey({ ...row, status: 'active', createdAt: created.createdAt }), key };
}
