import type { TokenCounter } from './counter';
import { jsonBytes, jsonText } from './json-text';
import { Pace } from './pace';

/** Tokens of a request's input. */
export interface PromptCount {
  readonly tokens: number;
  /** The most that they can be where the upstream counts; Infinity: as much as its window takes. */
  readonly tokensMax: number;
  /** True: part of it was estimated, on the high side; false: as OpenAI's own formula says. */
  readonly estimated: boolean;
}

/** What is known of how the upstream itself counts. */
export interface Billing {
  /** False: its vocabulary is another; a token still has at least one byte of text. */
  readonly isVocabularyKnown: boolean;
  /** False: its template adds words of its own to the messages. */
  readonly isOpenAiFormat: boolean;
}

export const OPENAI_BILLING: Billing = { isVocabularyKnown: true, isOpenAiFormat: true };

/** A request as the client sent it: any JSON whatever. */
export type RequestBody = Readonly<Record<string, unknown>>;

export interface CountOptions {
  readonly billing?: Billing;
  readonly signal?: AbortSignal | undefined;
}

/** Texts up to this length are counted without going through a promise. */
const SYNC_UNITS_MAX = 4096;
/**
 * However a value is laid out (as TypeScript, on many lines, with its characters escaped), it takes
 * no more tokens than twice the bytes of its shortest JSON.
 */
const TOKENS_PER_JSON_BYTE_MAX = 2;

/** Adds up what a prompt costs, and lets the event loop run in between. */
export class PromptTally {
  private tokens = 0;
  private tokensMax = 0;
  private estimated = false;
  private readonly pace: Pace;

  constructor(
    private readonly counter: TokenCounter,
    readonly billing: Billing,
    signal?: AbortSignal,
  ) {
    this.pace = new Pace(signal);
  }

  /** Tokens that the chat format is known to add. */
  exactly(tokens: number): void {
    this.roughly(tokens, tokens);
  }

  /** Tokens that are likely, and the most that they can be. */
  roughly(likely: number, most: number): void {
    this.tokens += likely;
    this.tokensMax += most;
    if (likely !== most) this.estimated = true;
  }

  async text(text: string): Promise<void> {
    const tokens = await this.count(text);
    this.roughly(tokens, this.billing.isVocabularyKnown ? tokens : Buffer.byteLength(text));
    if (this.pace.due) await this.pace.turn();
  }

  /** Something whose rendering we do not know: its JSON text, as an estimate. */
  async json(value: unknown): Promise<void> {
    const json = jsonText(value);
    const bytes = 'text' in json ? Buffer.byteLength(json.text) : json.bytesMax;
    const tokens = 'text' in json ? await this.count(json.text) : json.bytesMax;
    this.roughly(tokens, bytes * TOKENS_PER_JSON_BYTE_MAX);
    if (this.pace.due) await this.pace.turn();
  }

  /** Something that the upstream may or may not take for input. */
  perhaps(value: unknown): void {
    this.roughly(0, jsonBytes(value) * TOKENS_PER_JSON_BYTE_MAX);
  }

  get result(): PromptCount {
    const { tokens, tokensMax, estimated } = this;
    return { tokens, tokensMax, estimated };
  }

  private async count(text: string): Promise<number> {
    return text.length <= SYNC_UNITS_MAX
      ? this.counter.count(text)
      : await this.counter.countSliced(text, undefined, this.pace);
  }
}
