import { type Dispatcher, errors, Pool } from 'undici';
import {
  UpstreamBroke,
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamReply,
  type UpstreamRoute,
} from '@/server/domain/ports';
import { readErrorMessage } from './error-message';

const CONNECTIONS_PER_ORIGIN_MAX = 1024;
const CONNECT_TIMEOUT_MS = 5_000;
/** An error's message is worth waiting this long for. */
const ERROR_BODY_TIMEOUT_MS = 5_000;
/** A stream that sends nothing for this long is broken; models may think for minutes. */
const SILENCE_TIMEOUT_MS = 300_000;

const PATHS = {
  'chat.completions': '/chat/completions',
  embeddings: '/embeddings',
} as const;

/** undici pools, one for each origin; redirects are not followed, so a key never travels on. */
export function createUpstreamClient(): UpstreamClient & { close(): Promise<void> } {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = new Pool(origin, {
        connections: CONNECTIONS_PER_ORIGIN_MAX,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        pipelining: 1,
      });
      pools.set(origin, pool);
    }
    return pool;
  };
  return {
    call: (call) => request(poolOf(new URL(call.route.baseUrl).origin), call),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

async function request(pool: Pool, call: UpstreamCall): Promise<UpstreamReply> {
  const { route } = call;
  const base = new URL(route.baseUrl);
  const calledAtMs = performance.now();
  try {
    const reply = await pool.request({
      method: 'POST',
      path: `${base.pathname.replace(/\/$/, '')}${PATHS[call.endpoint]}${base.search}`,
      headers: requestHeaders(route, call),
      body: call.body,
      signal: call.signal,
      headersTimeout: route.timeoutMs,
      bodyTimeout: call.isStream ? Math.min(route.timeoutMs, SILENCE_TIMEOUT_MS) : route.timeoutMs,
    });
    if (reply.statusCode !== 200) {
      const body = guardBody(reply.body, ERROR_BODY_TIMEOUT_MS);
      return failedReply(reply.statusCode, await readErrorMessage(body, route));
    }
    if (!isPlainText(reply.headers)) {
      reply.body.on('error', () => undefined).destroy();
      return { kind: 'broke' };
    }
    // A whole answer has one time for all of it; a stream is alive for as long as it sends.
    const leftMs = call.isStream ? null : route.timeoutMs - (performance.now() - calledAtMs);
    const contentType = contentTypeOf(reply.headers);
    return { kind: 'answer', status: 200, contentType, body: guardBody(reply.body, leftMs) };
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return { kind: failureKind(error) };
  }
}

/** An allow-list: nothing of the client's headers travels on but what we write here. */
function requestHeaders(route: UpstreamRoute, call: UpstreamCall): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: call.isStream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'tallygate',
    'x-request-id': call.traceId,
    ...(route.apiKey === null ? {} : { authorization: `Bearer ${route.apiKey}` }),
  };
}

type ReplyHeaders = Dispatcher.ResponseData['headers'];

/** We ask for the identity; bytes in another coding could be neither metered nor read. */
const isPlainText = (headers: ReplyHeaders): boolean =>
  String(headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';

const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(?: *;[\x20-\x7e]*)?$/;

/** Handed on to the client only where it reads like a media type. */
function contentTypeOf(headers: ReplyHeaders): string {
  const value = String(headers['content-type'] ?? '');
  return CONTENT_TYPE.test(value) ? value : 'application/json';
}

function failedReply(status: number, message: string): UpstreamReply {
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'busy', status };
  }
  // Our own key, our own mapping of names, a redirect: not the client's fault.
  if (status === 401 || status === 403 || status === 404 || status < 400) {
    return { kind: 'misconfigured', status };
  }
  return { kind: 'rejected', status, message };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

function failureKind(error: unknown): 'unreached' | 'timeout' | 'broke' {
  const code = codeOf(error);
  if (UNREACHED.has(code)) return 'unreached';
  return TIMEOUTS.has(code) ? 'timeout' : 'broke';
}

/** The body's bytes, for at most `timeoutMs` where that is given. Throws UpstreamBroke. */
async function* guardBody(
  body: Dispatcher.ResponseData['body'],
  timeoutMs: number | null,
): AsyncGenerator<Uint8Array> {
  const expire = () => void body.destroy(new errors.BodyTimeoutError());
  const timer = timeoutMs === null ? undefined : setTimeout(expire, Math.max(timeoutMs, 1));
  try {
    yield* body;
  } catch (error) {
    throw new UpstreamBroke(TIMEOUTS.has(codeOf(error)) ? 'timeout' : 'broke', error);
  } finally {
    clearTimeout(timer);
  }
}
