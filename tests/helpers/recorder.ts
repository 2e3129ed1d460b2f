import { createServer, type IncomingHttpHeaders, request } from 'node:http';

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly reply: Buffer;
}

export interface Recorder {
  /** What an upstream's base URL takes, with `/v1`. */
  readonly url: string;
  /** The last finished exchange, both sides byte for byte. Throws when there was none. */
  last(): Recorded;
  close(): Promise<void>;
}

/** Stands before an upstream and writes down every byte that goes in and comes out. */
export async function startRecorder(upstreamUrl: string): Promise<Recorder> {
  const exchanges: Recorded[] = [];
  const { hostname, port } = new URL(upstreamUrl);
  const server = createServer((req, res) => {
    const [asked, answered]: [Buffer[], Buffer[]] = [[], []];
    const { method = 'GET', url: path = '/', headers } = req;
    const onward = request({ hostname, port, method, path, headers, agent: false }, (reply) => {
      res.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.on('data', (piece: Buffer) => answered.push(piece));
      reply.once('end', () => {
        const [body, bytes] = [Buffer.concat(asked), Buffer.concat(answered)];
        exchanges.push({ method, path, headers, body, reply: bytes });
      });
      reply.pipe(res);
    });
    onward.once('error', () => res.destroy());
    res.once('close', () => onward.destroy());
    req.on('data', (piece: Buffer) => asked.push(piece));
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    last() {
      const exchange = exchanges.at(-1);
      if (exchange === undefined) throw new Error('Nothing has passed the recorder.');
      return exchange;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
