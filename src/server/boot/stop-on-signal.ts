import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from '../container';
import type { OpenReplies } from './open-replies';

const CLOSE_IDLE_EVERY_MS = 20;
/** How long a client may take to read what it was charged for, once the drain is over. */
const LAST_BYTES_MS = 5_000;

/** What ends with the process. */
export interface Serving {
  readonly container: Container;
  readonly replies: OpenReplies;
  /** Null as long as no server is known. */
  server(): Server | null;
}

/**
 * SIGTERM: says that it is not ready and serves on until proxies have seen that; then, and at once on
 * Ctrl-C or a parent's death, accepts nothing more, drains, sends what is left, and ends the process.
 */
export function stopOnSignal(serving: Serving): void {
  const { container, replies } = serving;
  const hurry = new AbortController();
  const stop = async (delayMs: number) => {
    if (container.isDraining()) return;
    container.announceDrain();
    replies.endConnections();
    await sleep(delayMs, undefined, { signal: hurry.signal }).catch(() => undefined);
    const closed = close(serving.server());
    await container.drain(container.env.DRAIN_MS);
    // A settled answer may still be on its way to its client.
    await Promise.race([closed, sleep(LAST_BYTES_MS)]);
    process.exit(0);
  };
  const stopAtOnce = () => {
    hurry.abort();
    void stop(0);
  };
  // A second SIGTERM hurries nothing: whoever ends a whole group sends each process several.
  process.on('SIGTERM', () => void stop(container.env.DRAIN_DELAY_MS));
  for (const event of ['SIGINT', 'disconnect']) process.on(event, stopAtOnce);
}

async function close(server: Server | null): Promise<void> {
  if (server === null) return;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A connection that is kept alive would go on bringing requests.
  setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  await closed;
}
