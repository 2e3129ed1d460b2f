import { type DeliveryView, deliveryFilter, everyDelivery } from '../../services/outbox/deliveries';
import type { CsvExport } from './export';

/** The log of letters and webhooks: a row a message, without what it says. */
export const deliveriesCsv: CsvExport<typeof deliveryFilter, DeliveryView> = {
  name: 'deliveries',
  action: 'tenant.read',
  input: deliveryFilter,
  head: [
    'time',
    'delivery_id',
    'event',
    'channel',
    'recipient',
    'status',
    'attempts',
    'fault',
    'next_attempt_at',
    'ended_at',
  ],
  rows: ({ services, tenantId }, filter) => everyDelivery(services, tenantId, filter),
  cellsOf: (delivery) => [
    delivery.createdAt,
    delivery.id,
    delivery.event,
    delivery.channel,
    delivery.recipient,
    delivery.status,
    delivery.attempts,
    delivery.fault,
    delivery.nextAttemptAt,
    delivery.endedAt,
  ],
};
