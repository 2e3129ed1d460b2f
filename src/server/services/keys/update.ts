import { z } from 'zod';
import type {
  KeyQuotaLimit,
  KeySettings,
  Repositories,
  StoredKey,
} from '../../domain/ports/repositories';
import type { KeyQuotaRow, QuotaRow } from '../../domain/quota';
import { auditEntry } from '../audit-entry';
import type { Call } from '../context';
import { lockLivingKey } from './access';
import { keyFields } from './fields';
import { type KeyView, presentKey } from './view';

export const updateKeyInput = z
  .strictObject({ keyId: z.string(), ...keyFields })
  .partial({ name: true });

type UpdateKey = z.output<typeof updateKeyInput>;

/**
 * Changes what a key may do, on every replica within seconds. Absent fields stay as they are, null
 * is unlimited; quotas are replaced as a whole, and those that stay keep what they have used.
 * Throws `conflict` for a revoked key.
 */
export async function updateKey({ ctx, input }: Call<UpdateKey>): Promise<KeyView> {
  const change = settingsOf(input);
  const { after, moved } = await ctx.unitOfWork.transact(async (tx) => {
    const key = await lockLivingKey(ctx, tx, input.keyId);
    if (Object.keys(change).length > 0) await tx.keys.update(key.id, change);
    const moved = await replaceQuotas(tx, key, input.quotas);
    const quotas = moved?.quotas ?? key.quotas;
    const [before, after] = [presentKey(key), presentKey({ ...key, ...change, quotas })];
    const difference = changedFields(before, after);
    if (difference !== null) {
      const { tenantId } = key;
      await tx.auditLog.append(
        auditEntry(ctx, { tenantId, action: 'key.update', target: key.id, ...difference }),
      );
    }
    return { after, moved };
  });
  // The store knows the quota before anybody who reads the key anew asks it.
  if (moved !== null) await ctx.feed.quotaChanged(moved.row, moved.quotas);
  await ctx.feed.keysChanged();
  return after;
}

const SETTINGS = [
  'name',
  'expiresAt',
  'allowedModels',
  'allowedIps',
  'rpm',
  'tpm',
  'concurrency',
] as const satisfies readonly (keyof KeySettings)[];

function settingsOf(input: UpdateKey): Partial<KeySettings> {
  const given = SETTINGS.filter((field) => input[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, input[field]]));
}

async function replaceQuotas(
  tx: Repositories,
  key: StoredKey,
  quotas: UpdateKey['quotas'],
): Promise<{ row: QuotaRow; quotas: readonly KeyQuotaRow[] } | null> {
  if (quotas === undefined) return null;
  const limits = (quotas ?? []).map(({ quotaType, limit }) => ({ type: quotaType, limit }));
  if (isSame(limits, key.quotas)) return null;
  // Locks the tenant's row, so that nothing is settled while a new quota reads the ledger.
  const row = await tx.tenants.updateQuota(key.tenantId, {});
  return { row, quotas: await tx.keys.setQuotas(key.id, limits) };
}

const isSame = (some: readonly KeyQuotaLimit[], others: readonly KeyQuotaLimit[]): boolean =>
  some.length === others.length &&
  some.every(({ type, limit }) =>
    others.some((other) => other.type === type && other.limit === limit),
  );

/** Only what differs goes into the audit log; null when nothing does. */
function changedFields(before: KeyView, after: KeyView): { before: object; after: object } | null {
  const now = new Map(Object.entries(after));
  const changed = Object.entries(before).filter(
    ([field, value]) => JSON.stringify(now.get(field)) !== JSON.stringify(value),
  );
  if (changed.length === 0) return null;
  return {
    before: Object.fromEntries(changed),
    after: Object.fromEntries(changed.map(([field]) => [field, now.get(field)])),
  };
}
