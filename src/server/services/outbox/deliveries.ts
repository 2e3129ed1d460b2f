import { z } from 'zod';
import type { TenantId } from '../../domain/ids';
import {
  type Channel,
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryStatus,
} from '../../domain/ports/outbox';
import type { Repositories } from '../../domain/ports/repositories';
import { takeAttempt } from '../accounts/limits';
import { auditEntry } from '../audit-entry';
import type { Call, ServiceContext } from '../context';
import { notFound, requireTenant } from '../permission';
import { putWebhook, WEBHOOK_EXPIRES_IN_MS } from './put-webhook';

export const deliveryFilter = z.object({ status: z.enum(DELIVERY_STATUSES).optional() });
type DeliveryFilter = z.output<typeof deliveryFilter>;

export const listDeliveriesInput = deliveryFilter.extend({
  cursor: z.uuid().optional(),
  limit: z.number().int().min(1).max(100).default(10),
});
export const deliveryInput = z.strictObject({ deliveryId: z.uuid() });

export interface DeliveryView {
  readonly id: string;
  readonly channel: Channel;
  readonly event: string;
  readonly recipient: string | null;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** When it is tried next; null: it has ended. */
  readonly nextAttemptAt: string | null;
  /** What went wrong last, as a code. */
  readonly fault: string | null;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

export interface DeliveryPage {
  readonly items: readonly DeliveryView[];
  readonly nextCursor: string | null;
}

type TenantCall<Input = undefined> = Call<Input> & { readonly tenantId: TenantId };

/** What was sent for the tenant in the last 30 days, newest first, and what became of it. */
export async function listDeliveries({
  ctx,
  tenantId,
  input,
}: TenantCall<z.output<typeof listDeliveriesInput>>): Promise<DeliveryPage> {
  requireTenant(ctx, tenantId, 'tenant.read');
  const { cursor = null, limit, status = null } = input;
  const rows = await ctx.unitOfWork.transact((tx) =>
    tx.outbox.list(tenantId, { before: cursor, limit: limit + 1, status }),
  );
  const page = rows.slice(0, limit);
  return {
    items: page.map(presentDelivery),
    nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}

const BATCH = 500;

/** All that a filter lets through, newest first, in batches that are read as they are taken. */
export async function* everyDelivery(
  ctx: ServiceContext,
  tenantId: TenantId,
  { status }: DeliveryFilter,
): AsyncGenerator<readonly DeliveryView[]> {
  requireTenant(ctx, tenantId, 'tenant.read');
  let before: string | null = null;
  do {
    const page = { before, limit: BATCH, status: status ?? null };
    const rows: readonly Delivery[] = await ctx.unitOfWork.transact((tx) =>
      tx.outbox.list(tenantId, page),
    );
    yield rows.map(presentDelivery);
    before = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : null;
  } while (before !== null);
}

const presentDelivery = ({
  nextAttemptAt,
  createdAt,
  endedAt,
  ...row
}: Delivery): DeliveryView => ({
  ...row,
  nextAttemptAt: row.status === 'waiting' ? nextAttemptAt.toISOString() : null,
  createdAt: createdAt.toISOString(),
  endedAt: endedAt?.toISOString() ?? null,
});

/**
 * Sends one that has ended once more, under its id: a webhook to where webhooks go now, a letter only to
 * somebody who still belongs to the tenant. Throws `not_found` otherwise.
 */
export async function redeliver({
  ctx,
  tenantId,
  input: { deliveryId },
}: TenantCall<z.output<typeof deliveryInput>>): Promise<void> {
  await mayCall(ctx, tenantId);
  await ctx.unitOfWork.transact(async (tx) => {
    const sent = await tx.outbox.again(tenantId, deliveryId, WEBHOOK_EXPIRES_IN_MS);
    if (sent === null) throw notFound('ended delivery');
    if (sent.channel === 'email') await requireReader(tx, tenantId, sent.recipient);
    await tx.auditLog.append(
      auditEntry(ctx, { tenantId, action: 'delivery.redeliver', target: deliveryId }),
    );
  });
}

async function requireReader(
  tx: Repositories,
  tenantId: TenantId,
  address: string | null,
): Promise<void> {
  const members = await tx.members.list(tenantId);
  if (!members.some(({ email }) => email === address)) throw notFound('member');
}

/** Sends the webhook a test event; the delivery log shows what came of it. */
export async function testWebhook({
  ctx,
  tenantId,
}: Omit<TenantCall, 'input'>): Promise<{ readonly deliveryId: string }> {
  await mayCall(ctx, tenantId);
  return await ctx.unitOfWork.transact(async (tx) => {
    const deliveryId = await putWebhook(ctx, tx, tenantId, 'webhook.test', { tenantId });
    if (deliveryId === null) throw notFound('webhook');
    await tx.auditLog.append(
      auditEntry(ctx, { tenantId, action: 'webhook.test', target: deliveryId }),
    );
    return { deliveryId };
  });
}

/** Calls that somebody causes by hand are few, so that nobody makes of us a flood at another's door. */
async function mayCall(ctx: ServiceContext, tenantId: TenantId): Promise<void> {
  requireTenant(ctx, tenantId, 'budget.manage');
  await takeAttempt(ctx, 'webhook', tenantId);
}
