import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:http';

export interface RawUpstream {
  readonly url: string;
  close(): Promise<void>;
}

/** An upstream that answers as `listener` says, for manners that the simulator does not have. */
export async function startRawUpstream(listener: RequestListener): Promise<RawUpstream> {
  const server: Server = createServer((req, res) => {
    // Until the body is read to its end, a reply might overtake it.
    req.resume().once('end', () => listener(req, res));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
