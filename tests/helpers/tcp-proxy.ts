import { createServer, type Server, Socket } from 'node:net';

/** A stretch of network between the gateway and a store, for a test to break. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection off and refuses new ones, as when the other host is gone. */
  cut(): void;
  /** Resets every connection, as when the other host has lost its memory; new ones work. */
  reset(): void;
  /** What the other side answers is lost from now on; what is sent to it still arrives. */
  loseReplies(): void;
  /** What is sent to the other side is lost from now on; what it still answers arrives. */
  loseRequests(): void;
  /** Whatever is sent from now on, either way, arrives so much later, in order. */
  delay(delayMs: number): void;
  /** Nothing arrives any more in either direction, and nobody is told. */
  swallow(): void;
  /** Whole again: new connections work; those that lost bytes are broken off. */
  mend(): void;
  close(): Promise<void>;
}

type State = 'whole' | 'cut' | 'replies lost' | 'requests lost' | 'swallowing';

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Socket>();
  let state: State = 'whole';
  let delayMs = 0;
  const breakAll = () => {
    for (const socket of pairs) socket.destroy();
  };
  const server: Server = createServer((client) => {
    if (state === 'cut') return void client.destroy();
    const target = new Socket().setNoDelay(true).connect(targetPort, '127.0.0.1');
    client.setNoDelay(true);
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      pairs.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        pairs.delete(socket);
        other.destroy();
      });
    }
    const [toTarget, toClient] = [lane(target), lane(client)];
    client.on('data', (bytes) => {
      if (state === 'whole' || state === 'replies lost') toTarget(bytes, delayMs);
    });
    target.on('data', (bytes) => {
      if (state === 'whole' || state === 'requests lost') toClient(bytes, delayMs);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    port: address.port,
    cut() {
      state = 'cut';
      breakAll();
    },
    reset() {
      for (const socket of pairs) socket.resetAndDestroy();
    },
    loseReplies() {
      state = 'replies lost';
    },
    loseRequests() {
      state = 'requests lost';
    },
    delay(ms) {
      delayMs = ms;
    },
    swallow() {
      state = 'swallowing';
    },
    mend() {
      if (state !== 'whole' && state !== 'cut') breakAll();
      state = 'whole';
      delayMs = 0;
    },
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Writes to a socket after a delay, and never out of order, however the delay changes. */
function lane(socket: Socket): (bytes: Buffer, delayMs: number) => void {
  const waiting: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  const pump = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) return void setTimeout(pump, Math.ceil(waitMs));
      waiting.shift();
      if (!socket.destroyed) socket.write(next.bytes);
    }
  };
  return (bytes, delayMs) => {
    const isIdle = waiting.length === 0;
    waiting.push({ bytes, dueMs: performance.now() + delayMs });
    if (isIdle) pump();
  };
}
