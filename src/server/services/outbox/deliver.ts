import { z } from 'zod';
import type {
  Channel,
  Claimed,
  DeliveryOutcome,
  MailSender,
  Outbox,
  WebhookSender,
} from '../../domain/ports/outbox';

const AT_ONCE_MAX = 10;
/** Longer than any attempt takes: whoever still has it then is dead. */
const LEASE_MS = 120_000;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** After the first attempt, the second … */
const AGAIN_IN_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
];

const mailSchema = z.object({ to: z.string(), subject: z.string(), text: z.string() });

export interface DeliveryPorts {
  readonly outbox: Outbox;
  /** Null: no mail server is set. Letters wait for one until they are too old. */
  readonly mail: MailSender | null;
  readonly webhooks: WebhookSender;
  /** An account's letter that was given up; its address and words are in no log. */
  readonly onLetterLost: (fault: string) => void;
}

/**
 * Sends what is due on a channel until nothing is, or the time is up; returns how many attempts it
 * made. Safe on many instances. A message leaves at least once: one whose sender died between sending
 * it and writing that down goes out again, under the same id.
 */
export async function deliver(
  ports: DeliveryPorts,
  channel: Channel,
  isUp: () => boolean = () => false,
): Promise<number> {
  if (channel === 'email' && ports.mail === null) return 0;
  let attempts = 0;
  while (!isUp()) {
    const claimed = await ports.outbox.claim(channel, AT_ONCE_MAX, LEASE_MS);
    await Promise.all(claimed.map((message) => attempt(ports, channel, message)));
    attempts += claimed.length;
    if (claimed.length < AT_ONCE_MAX) break;
  }
  return attempts;
}

async function attempt(ports: DeliveryPorts, channel: Channel, message: Claimed): Promise<void> {
  const outcome = await send(ports, channel, message);
  if (outcome.kind === 'sent') return await ports.outbox.sent(message);
  const againInMs = outcome.isFinal ? null : pauseAfter(message);
  await ports.outbox.failed(message, outcome.fault, againInMs);
  if (againInMs === null && message.tenantId === null) ports.onLetterLost(outcome.fault);
}

/** Null: that was the last attempt. */
function pauseAfter({ attempt, expiresAt }: Claimed): number | null {
  const pauseMs = AGAIN_IN_MS[attempt - 1];
  if (pauseMs === undefined || Date.now() + pauseMs >= expiresAt.getTime()) return null;
  return pauseMs;
}

const lost = (fault: string): DeliveryOutcome => ({ kind: 'failed', fault, isFinal: true });

async function send(
  { mail, webhooks }: DeliveryPorts,
  channel: Channel,
  { id, payload, endpoint }: Claimed,
): Promise<DeliveryOutcome> {
  if (payload === null) return lost('unreadable');
  if (channel === 'webhook') {
    return endpoint === null
      ? lost('no_endpoint')
      : await webhooks.send({ id, ...endpoint, body: payload });
  }
  const letter = mailSchema.safeParse(JSON.parse(payload));
  return letter.success && mail !== null ? await mail.send(id, letter.data) : lost('unreadable');
}
