import type { CancelSignal } from '../domain/cancellation';
import type {
  AnswerStore,
  BoundNames,
  Catalogue,
  KeyDirectory,
  KeyRecord,
  Ledger,
  Quarantine,
  QuotaReader,
  QuotaStore,
  ReceiptReader,
  SettlementSpool,
  TokenMeters,
  UpstreamClient,
  UpstreamRoute,
} from '../domain/ports';
import type { GatewayTelemetry } from '../telemetry/gateway';
import type { Tracing } from '../telemetry/tracing';
import type { DoubtfulRows } from './doubtful-rows';
import type { OpenCharges } from './open-charges';
import type { Shutdown } from './shutdown';

/** A request as both adapters hand it over; nothing of Node's or Next's types is left in it. */
export interface GatewayRequest {
  readonly method: string;
  /** Without query and without the `/api` or `/v1` prefix: `/chat/completions`. */
  readonly path: string;
  header(name: string): string | undefined;
  /** Reads the body once. Throws TallygateError `request_too_large` beyond `bytesMax`. */
  readBody(bytesMax: number): Promise<Uint8Array>;
  readonly remoteAddress: string;
  /** Aborts when the client goes away. */
  readonly signal: CancelSignal;
}

export interface GatewayReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream's adapter writes each piece before it asks for the next, and returns it when cut. */
  readonly body: Uint8Array | AsyncGenerator<Uint8Array, void, undefined>;
}

/** What the gateway works with; built in one place, by the container. */
export interface GatewayPorts {
  readonly keys: KeyDirectory;
  readonly catalogue: Catalogue;
  readonly quota: QuotaStore;
  readonly standings: QuotaReader;
  readonly ledger: Ledger;
  readonly receipts: ReceiptReader;
  /** Takes settlements while the ledger is away. */
  readonly spool: SettlementSpool;
  /** Keeps settlements that the ledger refuses. */
  readonly quarantine: Quarantine;
  readonly answers: AnswerStore;
  readonly upstreams: UpstreamClient;
  readonly routes: {
    order(routes: readonly UpstreamRoute[]): UpstreamRoute[];
    failed(upstream: string): void;
    succeeded(upstream: string): void;
  };
  readonly boundNames: BoundNames;
  readonly tokens: TokenMeters;
  readonly hashKey: (key: string) => Uint8Array;
  readonly isWellFormedKey: (key: string) => boolean;
  readonly telemetry: GatewayTelemetry;
  /** Undefined: requests leave no spans. */
  readonly tracing?: Tracing | undefined;
  readonly openCharges: OpenCharges;
  readonly doubtfulRows: DoubtfulRows;
  /** Names this process; the rows it owns say which of its requests as well. */
  readonly owner: string;
  /** Begins when a drain has run out of time. */
  readonly shutdown: Shutdown;
}

/** What ending a charge needs, whoever ends it. */
export type EndingPorts = Pick<
  GatewayPorts,
  'quota' | 'ledger' | 'spool' | 'quarantine' | 'openCharges' | 'telemetry'
>;

/** Who calls, proven by a key. */
export interface Caller {
  readonly key: KeyRecord;
  readonly digest: Uint8Array;
}
