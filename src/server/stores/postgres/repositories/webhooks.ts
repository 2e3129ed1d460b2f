import { eq, sql } from 'drizzle-orm';
import type { WebhookRepository } from '../../../domain/ports/outbox';
import { webhookEndpoint } from '../schema';
import type { Tx } from './tx';

export function createWebhookRepository(tx: Tx): WebhookRepository {
  return {
    async find(tenantId) {
      const [row] = await tx
        .select({ url: webhookEndpoint.url, secretSealed: webhookEndpoint.secretSealed })
        .from(webhookEndpoint)
        .where(eq(webhookEndpoint.tenantId, tenantId));
      return row ?? null;
    },

    async put(tenantId, endpoint) {
      await tx
        .insert(webhookEndpoint)
        .values({ tenantId, ...endpoint })
        .onConflictDoUpdate({
          target: webhookEndpoint.tenantId,
          set: { ...endpoint, updatedAt: sql`now()` },
        });
    },

    async remove(tenantId) {
      const rows = await tx
        .delete(webhookEndpoint)
        .where(eq(webhookEndpoint.tenantId, tenantId))
        .returning({ tenantId: webhookEndpoint.tenantId });
      return rows.length > 0;
    },
  };
}
