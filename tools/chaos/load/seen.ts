/** What one client saw of one request. */
export interface Seen {
  readonly tenantId: string;
  readonly keyId: string;
  /** From the reply, or as the client named it; null: no reply came to an unnamed one. */
  readonly traceId: string | null;
  readonly isStream: boolean;
  readonly gateway: number;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** `complete`: the whole answer arrived. `part`: it broke off. `nothing`: no reply came. */
  readonly what: 'complete' | 'replayed' | 'part' | 'refused' | 'nothing';
  /** The client itself went away, so that more may have left than it saw. */
  readonly hasLeft: boolean;
  readonly status: number;
  /** The error's code, of a refused request or of a stream's error event. */
  readonly code: string | null;
  /** What the reply said it cost, nano-USD; plain answers only. */
  readonly costNano: bigint | null;
  /** Output tokens that arrived; the simulator sends a token in each piece. */
  readonly tokens: number;
  /** The output tokens of the whole answer. */
  readonly answerTokens: number;
  /** The upstream's id of the answer: no two answers have the same. */
  readonly answerId: string | null;
  /** Of a whole answer, as it arrived. */
  readonly bytesHash: string | null;
  /** Tenant ids that an error's text names. */
  readonly namedInError: readonly string[];
}
