import type { CancelSignal } from '../cancellation';
import type { Endpoint } from '../charge';
import type { UpstreamRoute } from './directory';

export interface UpstreamCall {
  readonly route: UpstreamRoute;
  readonly endpoint: Endpoint;
  readonly body: string;
  readonly isStream: boolean;
  readonly traceId: string;
  /** W3C Trace Context, where the request is traced. */
  readonly traceHeaders?:
    | { readonly traceparent: string; readonly tracestate?: string }
    | undefined;
  readonly signal: CancelSignal;
}

/**
 * What became of a call. `unreached`: nothing was bought, another upstream may be tried.
 * `busy`: the upstream said so before working (429, 5xx). `rejected`: it blames the request (4xx).
 * `timeout` and `broke`: it may have been bought; it is not tried again.
 */
export type UpstreamReply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly contentType: string;
      /** Ends the connection when iteration stops early. Throws UpstreamBroke. */
      readonly body: AsyncIterable<Uint8Array>;
    }
  | { readonly kind: 'unreached' | 'timeout' | 'broke' }
  | { readonly kind: 'busy'; readonly status: number }
  | { readonly kind: 'misconfigured'; readonly status: number }
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly message: string;
      readonly param: string | null;
      readonly isTooLong: boolean;
    };

/** What a bound on the output is called; no upstream takes both. */
export type BoundName = 'max_tokens' | 'max_completion_tokens';

/** By which of its names an upstream's model knows the bound on its output. */
export interface BoundNames {
  of(upstream: string, modelName: string): BoundName;
  learn(upstream: string, modelName: string, name: BoundName): void;
}

export interface UpstreamClient {
  call(call: UpstreamCall): Promise<UpstreamReply>;
}

/** The upstream went away in the middle of its answer, or stopped sending. */
export class UpstreamBroke extends Error {
  constructor(
    readonly reason: 'broke' | 'timeout',
    cause?: unknown,
  ) {
    super(`The upstream ${reason === 'timeout' ? 'stopped sending' : 'broke off'}`, { cause });
    this.name = 'UpstreamBroke';
  }
}
