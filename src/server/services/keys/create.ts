import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import { newApiKeyId, parseTenantId } from '../../domain/ids';
import type { NewKey } from '../../domain/ports/repositories';
import { apiKeyPrefix, generateApiKey } from '../../security/api-key';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { instant, ipOrCidr, keyQuotas, limit, modelId, name } from '../fields';
import { notFound, requireTenant } from '../permission';
import { type CreatedKeyView, presentKey } from './view';

const LIST_MAX = 1000;

export const createKeyInput = z.strictObject({
  tenantId: z.string(),
  name,
  expiresAt: instant.nullable().optional(),
  allowedModels: z
    .array(modelId)
    .min(1, 'must name at least one model; leave it out to allow all')
    .max(LIST_MAX, `must have at most ${LIST_MAX} entries`)
    .nullable()
    .optional(),
  allowedIps: z
    .array(ipOrCidr)
    .min(1, 'must name at least one address; leave it out to allow all')
    .max(LIST_MAX, `must have at most ${LIST_MAX} entries`)
    .nullable()
    .optional(),
  rpm: limit(1),
  tpm: limit(1),
  concurrency: limit(1),
  quotas: keyQuotas.nullable().optional(),
});

/** A new API key. The answer is the only place where it is ever shown. */
export async function createKey({
  ctx,
  input,
}: Call<z.output<typeof createKeyInput>>): Promise<CreatedKeyView> {
  const tenantId = parseTenantId(input.tenantId);
  if (tenantId === null) throw notFound('tenant');
  requireTenant(ctx, tenantId, 'admin');
  const key = generateApiKey();
  const row: NewKey = {
    id: newApiKeyId(),
    tenantId,
    name: input.name,
    keyHash: ctx.hashKey(key),
    keyPrefix: apiKeyPrefix(key),
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
    const after = presentKey(row, created.createdAt);
    await tx.auditLog.append(
      auditEntry(ctx, { tenantId, action: 'key.create', target: row.id, after }),
    );
    // A key quota is a change of the tenant's quota: stores that know an older version look again.
    const quota = row.quotas.length > 0 ? await tx.tenants.updateQuota(tenantId, {}) : null;
    return { created, quota };
  });
  if (quota !== null) await ctx.feed.quotaChanged(quota, created.quotas);
  return { ...presentKey(row, created.createdAt), key };
}
