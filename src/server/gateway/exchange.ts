import { createHash } from 'node:crypto';
import { TallygateError } from '../domain/errors';
import { newTraceId, parseTraceId, type TraceId, uuidV7 } from '../domain/ids';
import type { RequestTrace } from '../telemetry/tracing';
import type { GatewayRequest } from './types';

/** One request under way: its names, its clock, and what is known of it for the log. */
export interface Exchange {
  readonly requestId: string;
  readonly startedAtMs: number;
  traceId: TraceId;
  traceNamed: boolean;
  /** The gateway's own time in billing so far; the upstream's is not in it. */
  billingMs: number;
  /** For an error's reply: what its key's limits per minute have left. None before it was admitted. */
  rateHeaders: Readonly<Record<string, string>>;
  /** Undefined where requests are not traced. */
  readonly trace: RequestTrace | undefined;
}

export const openExchange = (trace?: RequestTrace): Exchange => ({
  requestId: uuidV7(),
  startedAtMs: performance.now(),
  traceId: newTraceId(),
  traceNamed: false,
  billingMs: 0,
  rateHeaders: {},
  trace,
});

function namedTrace(request: GatewayRequest) {
  const header = request.header('x-trace-id') === undefined ? 'Idempotency-Key' : 'X-Trace-ID';
  return { header, value: request.header(header.toLowerCase()) };
}

/** Lets every reply, also an error before the body is read, carry the client's own trace id. */
export function echoTrace(exchange: Exchange, request: GatewayRequest): void {
  exchange.traceId = parseTraceId(namedTrace(request).value ?? '') ?? exchange.traceId;
}

/** Takes over the trace id that the client named. Throws 400 `invalid_trace_id`. */
export function nameTrace(exchange: Exchange, request: GatewayRequest): void {
  const { header, value } = namedTrace(request);
  if (value === undefined) return;
  const traceId = parseTraceId(value);
  if (traceId === null) {
    throw new TallygateError(
      'invalid_trace_id',
      `${header} must be 1 to 128 characters of A-Z, a-z, 0-9, ".", "_", ":" and "-".`,
      { param: header },
    );
  }
  exchange.traceId = traceId;
  exchange.traceNamed = true;
}

export const identityHeaders = (exchange: Exchange): Record<string, string> => ({
  'x-trace-id': exchange.traceId,
  'x-request-id': exchange.requestId,
});

/** Tells that the output was capped to so many tokens in each choice. */
export const capHeader = (cap: number | null): Record<string, string> =>
  cap === null ? {} : { 'x-tallygate-max-tokens': String(cap) };

/** *Same body* means the same path and raw bytes. */
export const hashBody = (path: string, body: Uint8Array): string =>
  createHash('sha256').update(path).update('\0').update(body).digest('hex');

/** Runs a step of billing and adds its time to the exchange's own. */
export async function timed<T>(exchange: Exchange, step: () => Promise<T>): Promise<T> {
  const from = performance.now();
  try {
    return await step();
  } finally {
    exchange.billingMs += performance.now() - from;
  }
}
