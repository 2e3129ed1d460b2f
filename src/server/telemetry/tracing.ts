import type { Endpoint } from '../domain/charge';
import type { TokenUsage } from '../domain/usage';
import type { RequestRecord } from './gateway';

/** The samplers that OpenTelemetry names; a parent's decision comes first with `parentbased_…`. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];

/** The steps of the money path that are seen one by one. */
export type TraceStep =
  | 'authenticate'
  | 'resolve_trace'
  | 'quota_check'
  | 'hold'
  | 'pending_row'
  | 'raise_hold'
  | 'checkpoint'
  | 'store_answer'
  | 'deduct'
  | 'commit';

/** A call of an upstream that begins; never its host, its key or the prompt. */
export interface TracedCall {
  readonly upstream: string;
  readonly model: string;
  readonly endpoint: Endpoint;
  readonly isStream: boolean;
}

/** W3C Trace Context, as the upstream gets it. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** What one request did, as spans. No prompt, completion, key or host is ever given to it. */
export interface RequestTrace {
  /** The trace that it is part of, in hex. */
  readonly traceId: string;
  /** Runs a step as a span; what it throws is thrown on, and its kind noted. */
  step<T>(name: TraceStep, run: () => Promise<T>): Promise<T>;
  /** Begins the call's span; one that is still open was given up. */
  callBegins(call: TracedCall): TraceHeaders;
  /** Nothing more comes of it: why, where it was not read to its end, and what it is billed for. */
  callEnded(why: string | null, usage: TokenUsage | null): void;
  /** Ends what is still open, the request itself last. */
  end(record: RequestRecord): void;
}

export interface Tracing {
  begin(request: {
    readonly method: string;
    header(name: string): string | undefined;
  }): RequestTrace;
  /** Sends what is left, for a while. */
  close(): Promise<void>;
}

/** Runs a step, as a span where the request is traced; nothing is awaited or kept where it is not. */
export const traced = <T>(
  trace: RequestTrace | undefined,
  name: TraceStep,
  run: () => Promise<T>,
): Promise<T> => (trace === undefined ? run() : trace.step(name, run));
