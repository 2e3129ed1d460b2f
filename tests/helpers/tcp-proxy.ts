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
  /** Nothing arrives any more in either direction, and nobody is told. */
  swallow(): void;
  /** Whole again: new connections work; those that lost bytes are broken off. */
  mend(): void;
  close(): Promise<void>;
}

type State = 'whole' | 'cut' | 'replies lost' | 'swallowing';

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Socket>();
  let state: State = 'whole';
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
    client.on('data', (bytes) => {
      if (state !== 'swallowing') target.write(bytes);
    });
    target.on('data', (bytes) => {
      if (state === 'whole') client.write(bytes);
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
    swallow() {
      state = 'swallowing';
    },
    mend() {
      if (state === 'replies lost' || state === 'swallowing') breakAll();
      state = 'whole';
    },
    async close() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
