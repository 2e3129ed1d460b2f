import type { RedisClient } from './client';
import { INVALIDATION_CHANNEL } from './keys';

export type Topic = 'keys' | 'catalogue';

const isTopic = (value: string): value is Topic => value === 'keys' || value === 'catalogue';

/** Tells every replica to forget what it cached; without Redis they notice within 5 s. */
export interface Invalidation {
  publish(topic: Topic): Promise<void>;
  close(): void;
}

/** `subscriber` is a connection of its own, which comes back by itself after an outage. */
export function createInvalidation(
  redis: RedisClient,
  subscriber: RedisClient,
  onTopic: (topic: Topic) => void,
): Invalidation {
  subscriber.on('error', () => undefined);
  subscriber.on('ready', () => {
    subscriber.subscribe(INVALIDATION_CHANNEL).catch(() => undefined);
  });
  subscriber.on('message', (_channel: string, message: string) => {
    if (isTopic(message)) onTopic(message);
  });
  subscriber.connect().catch(() => undefined);
  return {
    async publish(topic) {
      onTopic(topic);
      await redis.publish(INVALIDATION_CHANNEL, topic).catch(() => undefined);
    },
    close: () => subscriber.disconnect(),
  };
}
