import type { Translate } from '@/messages/translate';
import { DELIVERY_EVENTS } from '@/server/domain/ports/outbox';

export function eventName(event: string, t: Translate): string {
  const known = DELIVERY_EVENTS.find((one) => one === event);
  return known === undefined ? event : t(`delivery.event.${known}`);
}

const FAULTS = [
  'address_not_allowed',
  'name_not_found',
  'connection_failed',
  'tls_failed',
  'timed_out',
  'redirected',
  'no_endpoint',
  'unreadable',
  'expired',
  'mail_refused',
  'mail_unavailable',
] as const;

/** What went wrong, as a sentence: a code of ours, or the receiver's status. */
export function deliveryFault(fault: string, t: Translate): string {
  const status = /^http_(\d{3})$/.exec(fault)?.[1];
  if (status !== undefined) return t('delivery.fault.http', { status });
  const known = FAULTS.find((one) => one === fault);
  return known === undefined ? fault : t(`delivery.fault.${known}`);
}
