import type { TenantId } from '../../domain/ids';
import type { DeliveryEvent } from '../../domain/ports/outbox';
import type { Repositories } from '../../domain/ports/repositories';
import type { ServiceContext } from '../context';

/** How long a webhook is worth sending; a tenant can send it again later. */
export const WEBHOOK_EXPIRES_IN_MS = 24 * 3_600_000;

/** Puts an event into the outbox for the tenant's webhook; null where there is none. Returns its id. */
export async function putWebhook(
  ctx: ServiceContext,
  tx: Repositories,
  tenantId: TenantId,
  type: DeliveryEvent,
  data: object,
): Promise<string | null> {
  const endpoint = await tx.webhooks.find(tenantId);
  if (endpoint === null) return null;
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
  return await tx.outbox.add({
    tenantId,
    channel: 'webhook',
    event: type,
    recipient: new URL(endpoint.url).host,
    payload: ctx.secretBox.seal(body),
    expiresInMs: WEBHOOK_EXPIRES_IN_MS,
  });
}
