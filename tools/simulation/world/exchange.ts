import type { ApiKeyId, TenantId } from '@/server/domain/ids';

/** What a client means to send; the same again under the same trace id is a repeat. */
export interface Ask {
  readonly tenantId: TenantId;
  readonly keyId: ApiKeyId;
  readonly tag: string;
  /** Null: the gateway makes one. */
  readonly traceId: string | null;
  readonly isStream: boolean;
  readonly body: string;
}

/** One request over one connection, as the client and the adapter see it. */
export class ClientExchange {
  readonly gone = new AbortController();
  /** What is to happen once nothing more will come. */
  end: () => void = () => undefined;
  /** The connection is closed, and the process knows it. */
  isGone = false;
  /** Nothing more will come. */
  isOver = false;
  /** Its process was killed or stood still meanwhile: what it did is not what it would have done. */
  isDisturbed = false;
  status: number | null = null;
  code: string | null = null;
  isReplay = false;
  /** The whole answer came, with nothing wrong said at its end. */
  isComplete = false;
  cost: bigint | null = null;
  headersTrace: string | null = null;
  text = '';
  deliveredTokens = 0;
  /** How often an upstream was asked for it. */
  calls = 0;
  /** Tokens that were bought for it and that nobody sees. */
  hiddenTokens = 0;
  /** The attempt that was admitted for it last. */
  admitted: { readonly attempt: number; readonly owner: string } | null = null;
  /** The answer that was bought for it, by its tag. */
  bought: string | null = null;

  constructor(
    readonly number: number,
    readonly ask: Ask,
  ) {}

  get name(): string {
    return `request ${this.number}`;
  }

  get traceId(): string | null {
    return this.ask.traceId ?? this.headersTrace;
  }
}
