import type { Context, SpanContext } from '@opentelemetry/api';
import type { TraceHeaders } from './tracing';

/** OpenTelemetry's API as a value: loaded only where requests are traced. */
export type OtelApi = typeof import('@opentelemetry/api');

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const STATE_LENGTH_MAX = 512;

/** The caller's span, where its headers name one; anything malformed counts as none. */
export function parentOf(api: OtelApi, header: (name: string) => string | undefined): Context {
  const [, traceId = '', spanId = '', flags = '0'] =
    TRACEPARENT.exec(header('traceparent')?.trim() ?? '') ?? [];
  const state = header('tracestate') ?? '';
  const parent: SpanContext = {
    ...{ traceId, spanId, isRemote: true, traceFlags: Number.parseInt(flags, 16) & 1 },
    traceState: api.createTraceState(state.length > STATE_LENGTH_MAX ? '' : state),
  };
  return api.isSpanContextValid(parent)
    ? api.trace.setSpanContext(api.ROOT_CONTEXT, parent)
    : api.ROOT_CONTEXT;
}

export function headersOf({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  const tracestate = traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}
