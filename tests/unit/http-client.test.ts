import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UpstreamBroke, type UpstreamCall, type UpstreamReply } from '@/server/domain/ports';
import { createUpstreamClient } from '@/server/upstream/http-client';
import { routeTo } from '../helpers/route';

const BODY = '{"model":"sim-fast"}';

let client: ReturnType<typeof createUpstreamClient>;
let server: Server;
let seen: { request: IncomingMessage; body: string }[];
let answer: RequestListener;
beforeEach(async () => {
  client = createUpstreamClient();
  seen = [];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ request, body });
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

function origin(): string {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}

const call = (fields: Partial<UpstreamCall> = {}): Promise<UpstreamReply> =>
  client.call({
    route: routeTo(`${origin()}/v1`),
    endpoint: 'chat.completions',
    body: BODY,
    isStream: false,
    traceId: 'trace-1',
    signal: new AbortController().signal,
    ...fields,
  });

async function textOf(reply: UpstreamReply): Promise<string> {
  if (reply.kind !== 'answer') throw new Error(`no answer but ${reply.kind}`);
  let text = '';
  for await (const piece of reply.body) text += Buffer.from(piece).toString();
  return text;
}

describe('what goes out', () => {
  beforeEach(() => {
    answer = (_request, response) => response.end('{}');
  });

  test('is the body as given, and nothing of a client but what is listed here', async () => {
    await textOf(await call({ route: routeTo(`${origin()}/v1`, { apiKey: 'sk-ours' }) }));
    const [first] = seen;
    expect(first?.body).toBe(BODY);
    expect(first?.request.headers).toEqual({
      host: origin().slice('http://'.length),
      connection: 'keep-alive',
      'content-type': 'application/json',
      'content-length': String(BODY.length),
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'tallygate',
      'x-request-id': 'trace-1',
      authorization: 'Bearer sk-ours',
    });
  });

  test('carries no key where the upstream has none', async () => {
    await textOf(await call());
    expect(seen[0]?.request.headers.authorization).toBeUndefined();
  });

  test.each([
    ['/v1', 'chat.completions', '/v1/chat/completions'],
    ['/v1/', 'chat.completions', '/v1/chat/completions'],
    ['', 'embeddings', '/embeddings'],
    ['/openai?api-version=7', 'embeddings', '/openai/embeddings?api-version=7'],
  ] as const)('to a base of "%s" asks for %s at %s', async (base, endpoint, path) => {
    await textOf(await call({ route: routeTo(`${origin()}${base}`), endpoint }));
    expect(seen[0]?.request.url).toBe(path);
  });

  test('asks for a stream as a stream', async () => {
    await textOf(await call({ isStream: true }));
    expect(seen[0]?.request.headers.accept).toBe('text/event-stream');
  });
});

describe('what comes back', () => {
  test('is handed on byte for byte, with its media type', async () => {
    answer = (_request, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end('{ "n": 1e400 }\n');
    };
    const reply = await call();
    expect(reply).toMatchObject({
      kind: 'answer',
      status: 200,
      contentType: 'application/json; charset=utf-8',
    });
    expect(await textOf(reply)).toBe('{ "n": 1e400 }\n');
  });

  test.each(['', 'nonsense', 'text/html, application/json', 'a/b; é'])(
    'under the media type %j goes by as JSON',
    async (contentType) => {
      answer = (_request, response) => {
        response.setHeader('content-type', Buffer.from(contentType).toString('latin1'));
        response.end('{}');
      };
      const reply = await call();
      expect(reply).toMatchObject({ kind: 'answer', contentType: 'application/json' });
      await textOf(reply);
    },
  );

  test('in a coding that nobody asked for is no answer', async () => {
    answer = (_request, response) => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('{}'));
    };
    expect(await call()).toEqual({ kind: 'broke' });
  });

  test.each([408, 409, 425, 429, 500, 502, 503, 529])(
    '%i is busy: another may be tried',
    async (status) => {
      answer = (_request, response) =>
        response.writeHead(status).end('{"error":{"message":"later"}}');
      expect(await call()).toEqual({ kind: 'busy', status });
    },
  );

  test.each([401, 403, 404, 204, 201])('%i is our own affair, not the client’s', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await call()).toEqual({ kind: 'misconfigured', status });
  });

  test.each([301, 302, 303, 307, 308])(
    '%i is not followed: the key stays where it belongs',
    async (status) => {
      answer = (_request, response) =>
        response.writeHead(status, { location: `${origin()}/elsewhere` }).end();
      expect(await call()).toEqual({ kind: 'misconfigured', status });
      expect(seen).toHaveLength(1);
    },
  );

  test.each([400, 413, 422])(
    '%i blames the request, and says why without our secrets',
    async (status) => {
      answer = (_request, response) =>
        response.writeHead(status).end(`{"error":{"message":"bad n at ${origin()}"}}`);
      const reply = await call();
      expect(reply).toMatchObject({ kind: 'rejected', status });
      expect(reply.kind === 'rejected' && reply.message).toMatch(/^bad n at …/);
    },
  );

  test('an error whose words never end is waited for five seconds at most', async () => {
    answer = (_request, response) => void response.writeHead(400).write('{"error":');
    const from = performance.now();
    expect(await call({ route: routeTo(`${origin()}/v1`, { timeoutMs: 60_000 }) })).toEqual({
      kind: 'rejected',
      status: 400,
      message: '',
      param: null,
      isTooLong: false,
    });
    expect(performance.now() - from).toBeLessThan(8_000);
  });
});

describe('an upstream that is not well', () => {
  test('where nothing listens is unreached: nothing was bought', async () => {
    const gone = createTcpServer();
    gone.listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const address = gone.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => gone.close(resolve));
    expect(await call({ route: routeTo(`http://127.0.0.1:${port}/v1`) })).toEqual({
      kind: 'unreached',
    });
  });

  test('that hangs up before it answers broke: it may have been bought', async () => {
    answer = (request) => request.socket.destroy();
    expect(await call()).toEqual({ kind: 'broke' });
  });

  test('that says nothing in time is a timeout', async () => {
    answer = () => undefined;
    expect(await call({ route: routeTo(`${origin()}/v1`, { timeoutMs: 300 }) })).toEqual({
      kind: 'timeout',
    });
  });

  test.each([
    ['hangs up in the middle', 'broke', 60_000],
    ['falls silent in the middle', 'timeout', 400],
  ] as const)('that %s gives what it sent, then breaks: %s', async (_what, reason, timeoutMs) => {
    answer = (request, response) => {
      response.write('data: a\n\n');
      if (reason === 'broke') setTimeout(() => request.socket.destroy(), 50);
    };
    const reply = await call({ isStream: true, route: routeTo(`${origin()}/v1`, { timeoutMs }) });
    if (reply.kind !== 'answer') throw new Error(reply.kind);
    let text = '';
    const reading = (async () => {
      for await (const piece of reply.body) text += Buffer.from(piece).toString();
    })();
    await expect(reading).rejects.toThrow(UpstreamBroke);
    await expect(reading).rejects.toMatchObject({ reason });
    expect(text).toBe('data: a\n\n');
  });

  test('that trickles a plain answer for ever has one time for all of it', async () => {
    answer = (_request, response) => {
      const timer = setInterval(() => response.write(' '), 30);
      response.on('close', () => clearInterval(timer));
    };
    const reply = await call({ route: routeTo(`${origin()}/v1`, { timeoutMs: 400 }) });
    await expect(textOf(reply)).rejects.toMatchObject({ reason: 'timeout' });
  });
});

describe('a reply that is over', () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  test.each([
    [200, '{}'],
    [500, '{"error":{"message":"no"}}'],
  ])(
    'of status %i leaves no timer behind, though its end came with its head',
    async (status, body) => {
      answer = (_request, response) => response.writeHead(status).end(body);
      const read = async () => {
        const reply = await call();
        if (reply.kind === 'answer') await textOf(reply);
      };
      await read();
      const before = timers();
      for (let turn = 0; turn < 50; turn += 1) await read();
      expect(timers() - before).toBeLessThan(25);
    },
  );
});

describe('a call that is not wanted any more', () => {
  /** Resolves once the upstream has noticed that nobody listens. */
  let left: Promise<unknown>;
  beforeEach(() => {
    answer = (_request, response) => {
      left = once(response, 'close');
      response.write('data: a\n\n');
    };
  });

  test('before its head comes is broken off, with the caller’s own reason', async () => {
    const abort = new AbortController();
    answer = (_request, response) => {
      left = once(response, 'close');
      abort.abort(new Error('client left'));
    };
    await expect(call({ signal: abort.signal })).rejects.toThrow('client left');
    await left;
  });

  test('whose reading stops ends the upstream’s work within a second', async () => {
    const reply = await call({ isStream: true });
    if (reply.kind !== 'answer') throw new Error(reply.kind);
    for await (const _piece of reply.body) break;
    const from = performance.now();
    await left;
    expect(performance.now() - from).toBeLessThan(1_000);
  });

  test('whose signal comes in the middle ends both', async () => {
    const abort = new AbortController();
    const reply = await call({ isStream: true, signal: abort.signal });
    const text = textOf(reply);
    abort.abort(new Error('client left'));
    await expect(text).rejects.toThrow(UpstreamBroke);
    await left;
  });
});
