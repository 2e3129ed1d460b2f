import type { IncomingHttpHeaders } from 'node:http';

const RECENT_REQUESTS_MAX = 1000;
const traceHeaderNames = [
  'x-trace-id',
  'x-request-id',
  'idempotency-key',
  'traceparent',
  'tracestate',
  'x-client-request-id',
] as const;

/** aborted: the client left before the end. cut: a script broke it off. */
export type Outcome = 'open' | 'finished' | 'aborted' | 'cut';

export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly traceHeaders: Readonly<Record<string, string>>;
  readonly headerNames: readonly string[];
  readonly hasAuthorization: boolean;
  model: string | null;
  stream: boolean;
  includeUsage: boolean;
  maxTokens: number | null;
  /** The field that `maxTokens` came in. */
  boundName: string | null;
  bodySha256: string | null;
  /** Output tokens handed to the socket so far; streams only. */
  sentTokens: number;
  outcome: Outcome;
}

export interface Stats {
  readonly requestsByPath: Readonly<Record<string, number>>;
  readonly openRequests: number;
  readonly finishedRequests: number;
  readonly abortedRequests: number;
  readonly cutRequests: number;
  readonly pendingScripts: number;
  readonly requests: readonly RequestRecord[];
}

/** What has been asked of this simulator since its start or its last reset. */
export class StatsBook {
  #byPath = new Map<string, number>();
  #recent: RequestRecord[] = [];
  #open = 0;
  #ended = { finished: 0, aborted: 0, cut: 0 };
  #generation = 0;

  /** Counts a request as open. The returned function ends it; an end from before a reset is not counted. */
  begin(record: RequestRecord): (outcome: Exclude<Outcome, 'open'>) => void {
    const generation = this.#generation;
    this.#byPath.set(record.path, (this.#byPath.get(record.path) ?? 0) + 1);
    this.#recent.push(record);
    if (this.#recent.length > 2 * RECENT_REQUESTS_MAX) this.#trim();
    this.#open += 1;
    return (outcome) => {
      if (record.outcome !== 'open') return;
      record.outcome = outcome;
      this.#open -= 1;
      if (generation === this.#generation) this.#ended[outcome] += 1;
    };
  }

  snapshot(pendingScripts: number): Stats {
    this.#trim();
    return {
      requestsByPath: Object.fromEntries(this.#byPath),
      openRequests: this.#open,
      finishedRequests: this.#ended.finished,
      abortedRequests: this.#ended.aborted,
      cutRequests: this.#ended.cut,
      pendingScripts,
      requests: this.#recent.map((record) => ({ ...record })),
    };
  }

  /** Forgets everything but the requests that are still open. */
  reset(): void {
    this.#generation += 1;
    this.#byPath = new Map();
    this.#recent = [];
    this.#ended = { finished: 0, aborted: 0, cut: 0 };
  }

  #trim(): void {
    this.#recent = this.#recent.slice(-RECENT_REQUESTS_MAX);
  }
}

export function newRecord(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
): RequestRecord {
  const traceHeaders: Record<string, string> = {};
  for (const name of traceHeaderNames) {
    const value = headers[name];
    if (typeof value === 'string') traceHeaders[name] = value;
  }
  return {
    method,
    path,
    at: Date.now(),
    traceHeaders,
    headerNames: Object.keys(headers),
    hasAuthorization: headers.authorization !== undefined,
    model: null,
    stream: false,
    includeUsage: false,
    maxTokens: null,
    boundName: null,
    bodySha256: null,
    sentTokens: 0,
    outcome: 'open',
  };
}
