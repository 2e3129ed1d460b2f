import { and, eq, ne, sql } from 'drizzle-orm';
import { trustedApiKeyId, trustedTenantId, uuidV7 } from '../../../domain/ids';
import type { KeyRepository } from '../../../domain/ports/repositories';
import { apiKey, apiKeyQuota } from '../schema';
import type { Tx } from './tx';

export function createKeyRepository(tx: Tx): KeyRepository {
  return {
    async create({ quotas, allowedModels, allowedIps, ...key }) {
      const [created] = await tx
        .insert(apiKey)
        .values({
          ...key,
          allowedModels: allowedModels === null ? null : [...allowedModels],
          allowedIps: allowedIps === null ? null : [...allowedIps],
        })
        .onConflictDoNothing()
        .returning({ createdAt: apiKey.createdAt });
      if (created === undefined) return null;
      if (quotas.length === 0) return { createdAt: created.createdAt, quotas: [] };
      const rows = await tx
        .insert(apiKeyQuota)
        .values(
          quotas.map(({ type, limit }) => ({
            id: uuidV7(),
            apiKeyId: key.id,
            quotaType: type,
            quotaLimit: limit,
          })),
        )
        .returning();
      const typeOf = new Map<string, (typeof quotas)[number]['type']>(
        quotas.map(({ type }) => [type, type]),
      );
      return {
        createdAt: created.createdAt,
        quotas: rows.flatMap((row) => {
          const type = typeOf.get(row.quotaType);
          if (type === undefined) return [];
          const { quotaLimit: limit, used, period, version } = row;
          return [{ keyId: key.id, type, limit, used, period, version }];
        }),
      };
    },

    async find(id) {
      const [row] = await tx
        .select({
          tenantId: apiKey.tenantId,
          name: apiKey.name,
          status: apiKey.status,
        })
        .from(apiKey)
        .where(eq(apiKey.id, id));
      if (row === undefined) return null;
      return { ...row, id: trustedApiKeyId(id), tenantId: trustedTenantId(row.tenantId) };
    },

    async revoke(id) {
      const rows = await tx
        .update(apiKey)
        .set({ status: 'revoked', revokedAt: sql`now()` })
        .where(and(eq(apiKey.id, id), ne(apiKey.status, 'revoked')))
        .returning({ id: apiKey.id });
      return rows.length > 0;
    },
  };
}
