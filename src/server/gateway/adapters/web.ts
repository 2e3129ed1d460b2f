import { Cancellation } from '@/server/domain/cancellation';
import { isTallygateError, TallygateError } from '@/server/domain/errors';
import type { GatewayReply, GatewayRequest } from '../types';
import { LINGER_MS } from './linger';
import { gatewayPath } from './path';

/** A client that reads nothing for this long is let go: its stream must not hold an upstream. */
const READ_TIMEOUT_MS = 60_000;

export interface WebOptions {
  readonly readTimeoutMs?: number;
  /**
   * Gets, before the Response is given, a promise of the moment at which its body is over and settled,
   * however that comes about. It never rejects.
   */
  readonly whenOver?: (over: Promise<void>) => void;
}

/** Hands a web Request (a Next route handler's) to the gateway, and gives its reply as a Response. */
export async function handleWebRequest(
  handle: (request: GatewayRequest) => Promise<GatewayReply>,
  request: Request,
  { readTimeoutMs = READ_TIMEOUT_MS, whenOver = () => undefined }: WebOptions = {},
): Promise<Response> {
  // AbortSignal.any costs twenty microseconds.
  const gone = Cancellation.following(request.signal);
  let isReadWhole = false;
  const reply = await handle({
    method: request.method,
    path: gatewayPath(targetOf(request.url)),
    header: (name) => request.headers.get(name) ?? undefined,
    readBody: async (bytesMax) => {
      const bytes = await readBody(request, bytesMax);
      isReadWhole = true;
      return bytes;
    },
    // Made true at the door; on Vercel, by Vercel.
    remoteAddress: request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '',
    signal: gone,
  });
  const { status, headers, body } = reply;
  if (body instanceof Uint8Array) {
    whenOver(Promise.resolve());
    const rest = request.body;
    if (isReadWhole || rest === null)
      return new Response(whole(body), { status, headers: { ...headers } });
    const told = { 'content-length': String(body.length), ...headers };
    return new Response(wholeBefore(rest, body), { status, headers: told });
  }
  let onOver: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    onOver = resolve;
  });
  whenOver(over);
  const stream = streamOf(body, gone, readTimeoutMs, onOver);
  return new Response(stream, { status, headers: { ...headers } });
}

/** Path and query of an absolute URL, as the platform has written it: no need to parse it again. */
const targetOf = (url: string): string => url.slice(url.indexOf('/', url.indexOf('//') + 2));

/** The bytes as they are: a Response makes a copy of what is no stream. */
const whole = (body: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        controller.enqueue(body);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );

/** The same, ended once the rest of the request is thrown away: closed at once, it would be lost. */
const wholeBefore = (
  rest: ReadableStream<Uint8Array>,
  bytes: Uint8Array,
): ReadableStream<Uint8Array> =>
  new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        controller.enqueue(bytes);
        await discard(rest);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );

async function discard(rest: ReadableStream<Uint8Array>): Promise<void> {
  const reader = rest.getReader();
  const enough = setTimeout(() => void reader.cancel().catch(() => undefined), LINGER_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client is gone, and its request with it.
  } finally {
    clearTimeout(enough);
  }
}

/** Asks for a piece when the client has taken the last; a client that goes away ends the body. */
function streamOf(
  body: AsyncGenerator<Uint8Array, void, undefined>,
  gone: Cancellation,
  readTimeoutMs: number,
  onOver: () => void,
): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const end = async (reason: unknown) => {
    clearTimeout(timer);
    gone.abort(reason);
    try {
      // A generator that never began would not run its end; it settles the charge there.
      await body.next();
      await body.return();
    } finally {
      onOver();
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(timer);
        const next = await nextOf(body, onOver);
        if (next.done === true) return controller.close();
        controller.enqueue(next.value);
        timer = setTimeout(() => {
          const reason = new Error('The client reads nothing.');
          controller.error(reason);
          // The body has told of its own failure already.
          end(reason).catch(() => undefined);
        }, readTimeoutMs);
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

/** The next piece; tells when there is none any more, or the body has failed. */
async function nextOf(body: AsyncGenerator<Uint8Array, void, undefined>, onOver: () => void) {
  try {
    const next = await body.next();
    if (next.done === true) onOver();
    return next;
  } catch (error) {
    onOver();
    throw error;
  }
}

async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new TallygateError(
      'request_too_large',
      `The body is larger than ${bytesMax} bytes. Send a smaller one.`,
    );
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge();
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body.values({ preventCancel: true })) {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (isTallygateError(error)) throw error;
    throw new TallygateError('client_closed', 'The body was not sent whole.', { cause: error });
  }
  return Buffer.concat(chunks);
}
