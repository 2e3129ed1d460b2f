import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import type {
  UpstreamCall,
  UpstreamClient,
  UpstreamReply,
  UpstreamRoute,
} from '@/server/domain/ports';
import { codeOf, dispatch, isTimeout } from './dispatch';
import { type RequestFault, readRequestFault } from './request-fault';

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

/** Where a base URL leads: its origin's pool, and what stands around an endpoint's path. */
interface Target {
  readonly pool: Pool;
  readonly prefix: string;
  readonly search: string;
}

/** undici pools, one for each origin; redirects are not followed, so a key never travels on. */
export function createUpstreamClient(): UpstreamClient & { close(): Promise<void> } {
  const pools = new Map<string, Pool>();
  const targets = new Map<string, Target>();
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
  const targetOf = (baseUrl: string): Target => {
    let target = targets.get(baseUrl);
    if (target === undefined) {
      const { origin, pathname, search } = new URL(baseUrl);
      target = { pool: poolOf(origin), prefix: pathname.replace(/\/$/, ''), search };
      targets.set(baseUrl, target);
    }
    return target;
  };
  return {
    call: (call) => request(targetOf(call.route.baseUrl), call),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}

async function request(target: Target, call: UpstreamCall): Promise<UpstreamReply> {
  const { route } = call;
  const calledAtMs = performance.now();
  try {
    const reply = await dispatch(target.pool, requestOf(target, call), call.signal);
    if (reply.status !== 200) {
      reply.expireAfter(ERROR_BODY_TIMEOUT_MS);
      return failedReply(reply.status, await readRequestFault(reply.body, route));
    }
    if (!isPlainText(reply.headers)) {
      await reply.body.return();
      return { kind: 'broke' };
    }
    // A whole answer has one time for all of it; a stream is alive for as long as it sends.
    if (!call.isStream) reply.expireAfter(route.timeoutMs - (performance.now() - calledAtMs));
    const contentType = contentTypeOf(reply.headers);
    return { kind: 'answer', status: 200, contentType, body: reply.body };
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason;
    return { kind: failureKind(error) };
  }
}

function requestOf(target: Target, call: UpstreamCall): Dispatcher.DispatchOptions {
  const { route } = call;
  return {
    method: 'POST',
    path: `${target.prefix}${PATHS[call.endpoint]}${target.search}`,
    headers: requestHeaders(route, call),
    body: call.body,
    headersTimeout: route.timeoutMs,
    bodyTimeout: call.isStream ? Math.min(route.timeoutMs, SILENCE_TIMEOUT_MS) : route.timeoutMs,
  };
}

/** An allow-list: nothing of the client's headers travels on but what we write here. */
function requestHeaders(route: UpstreamRoute, call: UpstreamCall): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: call.isStream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'tallygate',
    'x-request-id': call.traceId,
    ...call.traceHeaders,
    ...(route.apiKey === null ? {} : { authorization: `Bearer ${route.apiKey}` }),
  };
}

/** We ask for the identity; bytes in another coding could be neither metered nor read. */
const isPlainText = (headers: IncomingHttpHeaders): boolean =>
  String(headers['content-encoding'] ?? 'identity').toLowerCase() === 'identity';

const CONTENT_TYPE = /^[\w.+-]+\/[\w.+-]+(?: *;[\x20-\x7e]*)?$/;

/** Handed on to the client only where it reads like a media type. */
function contentTypeOf(headers: IncomingHttpHeaders): string {
  const value = String(headers['content-type'] ?? '');
  return CONTENT_TYPE.test(value) ? value : 'application/json';
}

function failedReply(status: number, fault: RequestFault): UpstreamReply {
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'busy', status };
  }
  // Our own key, our own mapping of names, a redirect: not the client's fault.
  if (status === 401 || status === 403 || status === 404 || status < 400) {
    return { kind: 'misconfigured', status };
  }
  return { kind: 'rejected', status, ...fault };
}

const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function failureKind(error: unknown): 'unreached' | 'timeout' | 'broke' {
  if (UNREACHED.has(codeOf(error))) return 'unreached';
  return isTimeout(error) ? 'timeout' : 'broke';
}
