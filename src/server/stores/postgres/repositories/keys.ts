import { and, eq, ne, notInArray, sql } from 'drizzle-orm';
import { type ApiKeyId, trustedApiKeyId, trustedTenantId, uuidV7 } from '../../../domain/ids';
import type { KeyQuotaLimit, KeyRepository, StoredKey } from '../../../domain/ports/repositories';
import { KEY_QUOTA_TYPES, type KeyQuotaRow, type KeyQuotaType } from '../../../domain/quota';
import { apiKey, apiKeyQuota } from '../schema';
import { keyUse } from './key-use';
import { type Tx, theRow } from './tx';

const quotaType = (value: string): KeyQuotaType | undefined =>
  KEY_QUOTA_TYPES.find((known) => known === value);

const list = (values: readonly string[] | null): string[] | null =>
  values === null ? null : [...values];

export function createKeyRepository(tx: Tx): KeyRepository {
  return {
    async create({ quotas, ...key }) {
      const [created] = await tx
        .insert(apiKey)
        .values({
          ...key,
          allowedModels: list(key.allowedModels),
          allowedIps: list(key.allowedIps),
        })
        .onConflictDoNothing()
        .returning({ createdAt: apiKey.createdAt });
      if (created === undefined) return null;
      const rows = quotas.length === 0 ? [] : await putQuotas(tx, key.id, quotas, () => ({}));
      return { createdAt: created.createdAt, quotas: rows };
    },

    lock: (id) => lockKey(tx, id),

    async update(id, { allowedModels, allowedIps, ...change }) {
      await tx
        .update(apiKey)
        .set({
          ...change,
          ...(allowedModels === undefined ? {} : { allowedModels: list(allowedModels) }),
          ...(allowedIps === undefined ? {} : { allowedIps: list(allowedIps) }),
        })
        .where(eq(apiKey.id, id));
    },

    async setQuotas(id, quotas) {
      const types = quotas.map(({ type }) => type);
      await tx
        .delete(apiKeyQuota)
        .where(
          and(
            eq(apiKeyQuota.apiKeyId, id),
            types.length === 0 ? undefined : notInArray(apiKeyQuota.quotaType, types),
          ),
        );
      if (quotas.length === 0) return [];
      const kept = await tx
        .select({ type: apiKeyQuota.quotaType })
        .from(apiKeyQuota)
        .where(eq(apiKeyQuota.apiKeyId, id));
      const known = new Set(kept.map(({ type }) => type));
      return await putQuotas(tx, id, quotas, (type) => (known.has(type) ? {} : keyUse(id, type)));
    },

    async rotate(id, { keyHash, keyPrefix }, previousUntil) {
      const previous =
        previousUntil === null
          ? NO_PREVIOUS
          : {
              previousHash: sql`${apiKey.keyHash}`,
              previousPrefix: sql`${apiKey.keyPrefix}`,
              previousUntil,
            };
      await tx
        .update(apiKey)
        .set({ keyHash, keyPrefix, ...previous })
        .where(eq(apiKey.id, id));
    },

    async endPrevious(id) {
      await tx.update(apiKey).set(NO_PREVIOUS).where(eq(apiKey.id, id));
    },

    async revoke(id) {
      await tx.update(apiKey).set(REVOKED).where(eq(apiKey.id, id));
    },

    async revokeAll(tenantId) {
      const rows = await tx
        .update(apiKey)
        .set(REVOKED)
        .where(and(eq(apiKey.tenantId, tenantId), ne(apiKey.status, 'revoked')))
        .returning({ id: apiKey.id });
      return rows.length;
    },
  };
}

const NO_PREVIOUS = { previousHash: null, previousPrefix: null, previousUntil: null } as const;
const REVOKED = { status: 'revoked', revokedAt: sql`now()`, ...NO_PREVIOUS } as const;

async function lockKey(tx: Tx, id: ApiKeyId): Promise<StoredKey | null> {
  const [row] = await tx
    .select()
    .from(apiKey)
    .where(eq(apiKey.id, id))
    // Not `for update`: that would keep out the charges, whose rows refer to the key.
    .for('no key update');
  if (row === undefined) return null;
  const quotas = await tx.select().from(apiKeyQuota).where(eq(apiKeyQuota.apiKeyId, id));
  const { keyHash, previousHash, previousPrefix, previousUntil, revokedAt, ...key } = row;
  return {
    ...key,
    id: trustedApiKeyId(id),
    tenantId: trustedTenantId(row.tenantId),
    previous:
      previousPrefix === null || previousUntil === null
        ? null
        : { prefix: previousPrefix, until: previousUntil },
    quotas: quotas.flatMap((quota) => {
      const type = quotaType(quota.quotaType);
      return type === undefined ? [] : [{ type, limit: quota.quotaLimit }];
    }),
  };
}

/** Microseconds: a quota that is set again has to be newer than the one that was taken away. */
const NEWER_THAN_EVER = sql<number>`(extract(epoch from clock_timestamp()) * 1000000)::bigint`;

/** Sets limits. What a quota that is there has used stays; a new one begins with what is given. */
async function putQuotas(
  tx: Tx,
  keyId: ApiKeyId,
  quotas: readonly KeyQuotaLimit[],
  useOf: (type: KeyQuotaType) => Partial<ReturnType<typeof keyUse>>,
): Promise<KeyQuotaRow[]> {
  const rows = await tx
    .insert(apiKeyQuota)
    .values(
      quotas.map(({ type, limit }) => ({
        id: uuidV7(),
        apiKeyId: keyId,
        quotaType: type,
        quotaLimit: limit,
        ...useOf(type),
        version: NEWER_THAN_EVER,
      })),
    )
    .onConflictDoUpdate({
      target: [apiKeyQuota.apiKeyId, apiKeyQuota.quotaType],
      set: { quotaLimit: sql`excluded.quota_limit` },
    })
    .returning();
  return rows.map((row) => {
    const { type } = theRow(quotas.filter((quota) => quota.type === row.quotaType));
    const { quotaLimit: limit, used, period, version } = row;
    return { keyId, type, limit, used, period, version };
  });
}
