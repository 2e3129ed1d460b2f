// A program: the least that a proxy on Node can do. Node's http server, undici's dispatch, bytes
// handed on as they come, backpressure both ways. What everything else is measured against.
import { createServer, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const upstream = new URL(process.env.UPSTREAM_URL ?? '');
const pool = new Pool(upstream.origin, { connections: 128, pipelining: 1 });

class Forward implements Dispatcher.DispatchHandler {
  constructor(private readonly res: ServerResponse) {}

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const own: Record<string, string> = { 'content-type': String(headers['content-type']) };
    const length = headers['content-length'];
    if (length !== undefined) own['content-length'] = String(length);
    this.res.writeHead(status, own);
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.res.write(piece)) return;
    controller.pause();
    this.res.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.res.end();
  }

  onResponseError(): void {
    this.res.destroy();
  }
}

createServer((req, res) => {
  const pieces: Buffer[] = [];
  req.on('data', (piece: Buffer) => pieces.push(piece));
  req.on('end', () => {
    const { authorization = '' } = req.headers;
    const headers = { 'content-type': 'application/json', authorization };
    const body = Buffer.concat(pieces);
    const path = `${upstream.pathname}/chat/completions`;
    pool.dispatch({ method: 'POST', path, headers, body }, new Forward(res));
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
