import type { Percentiles } from '../figures/statistics';

/** So much load of one kind, on one port. */
export interface Job {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly connections: number;
  readonly forMs: number;
}

export interface JobResult {
  readonly requests: number;
  /** Answers that were not 200, and connections that broke. */
  readonly failures: number;
  readonly firstFailure: string | null;
  readonly tookMs: number;
  readonly events: number;
  readonly latencyMs: Percentiles;
  readonly ttftMs: Percentiles;
}
