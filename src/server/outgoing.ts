import type { Env } from '@/env';
import type { Channel } from './domain/ports/outbox';
import { createMailSender } from './identity-tools';
import type { SecretBox } from './security/secret-box';
import { type DeliveryPorts, deliver } from './services/outbox/deliver';
import type { Sql } from './stores/postgres/client';
import { createOutbox } from './stores/postgres/outbox';
import { createHttpWebhookSender } from './webhooks/http-sender';

/** What leaves the house by mail and by webhook, from the outbox. */
export interface Outgoing {
  /** Sends what is due, until nothing is or the time is up; returns how many attempts it made. */
  deliver(channel: Channel, isUp?: () => boolean): Promise<number>;
  /** Ends what is too old to send, and forgets what ended long ago. */
  tidy(): Promise<void>;
}

export function createOutgoing(
  env: Env,
  parts: {
    readonly sql: Sql;
    readonly secretBox: SecretBox;
    readonly onLetterLost: DeliveryPorts['onLetterLost'];
  },
): Outgoing {
  const outbox = createOutbox(parts.sql, (sealed) => parts.secretBox.open(sealed));
  const ports: DeliveryPorts = {
    outbox,
    mail: createMailSender(env),
    webhooks: createHttpWebhookSender({ privateHosts: env.WEBHOOK_PRIVATE_HOSTS }),
    onLetterLost: parts.onLetterLost,
  };
  return {
    deliver: (channel, isUp) => deliver(ports, channel, isUp),
    tidy: () => outbox.tidy(),
  };
}
