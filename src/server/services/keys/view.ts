import { z } from 'zod';
import type { StoredKey } from '../../domain/ports/repositories';
import { KEY_QUOTA_TYPES } from '../../domain/quota';

const keyView = z.object({
  id: z.string(),
  tenantId: z.string(),
  name: z.string(),
  keyPrefix: z.string().meta({ description: 'How the key begins, to tell it from others.' }),
  status: z.enum(['active', 'disabled', 'revoked']),
  expiresAt: z.string().nullable(),
  allowedModels: z.array(z.string()).nullable(),
  allowedIps: z.array(z.string()).nullable(),
  rpm: z.number().nullable(),
  tpm: z.number().nullable(),
  concurrency: z.number().nullable(),
  quotas: z.array(
    z.object({
      quotaType: z.enum(KEY_QUOTA_TYPES),
      limit: z.union([z.number(), z.string()]),
    }),
  ),
  createdAt: z.string(),
});
export type KeyView = z.output<typeof keyView>;

export const createdKeyView = keyView.extend({
  key: z.string().meta({ description: 'The key itself, shown this once.' }),
});
export type CreatedKeyView = z.output<typeof createdKeyView>;

export interface RotatedKeyView {
  readonly id: string;
  /** The new key, shown this once. */
  readonly key: string;
  readonly keyPrefix: string;
  /** Until when the old one works; null: it has ended. */
  readonly previousUntil: string | null;
}

/** A key as its owner sees it: never the key, never its hash. */
export function presentKey(key: Omit<StoredKey, 'createdBy' | 'previous'>): KeyView {
  return {
    id: key.id,
    tenantId: key.tenantId,
    name: key.name,
    keyPrefix: key.keyPrefix,
    status: key.status,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    allowedModels: key.allowedModels === null ? null : [...key.allowedModels],
    allowedIps: key.allowedIps === null ? null : [...key.allowedIps],
    rpm: key.rpm,
    tpm: key.tpm,
    concurrency: key.concurrency,
    quotas: KEY_QUOTA_TYPES.flatMap((type) => {
      const quota = key.quotas.find((one) => one.type === type);
      if (quota === undefined) return [];
      // Money is a string everywhere, counts are numbers.
      const limit = type.endsWith('_amount') ? String(quota.limit) : Number(quota.limit);
      return [{ quotaType: type, limit }];
    }),
    createdAt: key.createdAt.toISOString(),
  };
}
