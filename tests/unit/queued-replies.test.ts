import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { closeWithConnection } from '@/server/boot/queued-replies';

const REQUEST = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';
const PIPELINED = 30;

describe('replies that wait behind another on their connection', () => {
  const replies: ServerResponse[] = [];
  const closes: number[] = [];
  const server = createServer((req, res) => {
    closeWithConnection(req, res);
    const at = replies.push(res) - 1;
    res.on('close', () => closes.push(at));
  });

  const pipeline = async () => {
    replies.length = 0;
    closes.length = 0;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    const client = connect(address.port, '127.0.0.1');
    client.write(REQUEST.repeat(PIPELINED));
    await expect.poll(() => replies.length).toBe(PIPELINED);
    return client;
  };

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('are closed with it, each once', async () => {
    const warnings: Error[] = [];
    process.on('warning', (warning) => warnings.push(warning));
    (await pipeline()).destroy();
    await expect.poll(() => closes.length).toBe(PIPELINED);
    expect(new Set(closes).size).toBe(PIPELINED);
    expect(replies.every((reply) => reply.destroyed)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('arrive in order, and are closed once each, where it lasts', async () => {
    const client = await pipeline();
    let text = '';
    client.on('data', (piece) => {
      text += String(piece);
    });
    for (const [at, reply] of replies.entries()) reply.end(`<${at}>`);
    await expect.poll(() => text.match(/<\d+>/g)?.length).toBe(PIPELINED);
    expect(text.match(/<\d+>/g)).toEqual(replies.map((_, at) => `<${at}>`));
    client.destroy();
    await expect.poll(() => closes.length).toBe(PIPELINED);
    expect(new Set(closes).size).toBe(PIPELINED);
  });
});
