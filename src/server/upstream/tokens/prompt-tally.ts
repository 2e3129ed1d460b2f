import type { TokenCounter } from './counter';
import { jsonText } from './json-text';
import { Pace } from './pace';

/** Tokens of a request's input. */
export interface PromptCount {
  readonly tokens: number;
  /** True: part of it was estimated, on the high side; false: as OpenAI's own formula says. */
  readonly estimated: boolean;
}

/** Texts up to this length are counted without going through a promise. */
const SYNC_UNITS_MAX = 4096;

/** Adds up what a prompt costs, and lets the event loop run in between. */
export class PromptTally {
  private tokens = 0;
  private estimated = false;
  private readonly pace: Pace;

  constructor(
    private readonly counter: TokenCounter,
    signal?: AbortSignal,
  ) {
    this.pace = new Pace(signal);
  }

  /** Tokens that the chat format is known to add. */
  exactly(tokens: number): void {
    this.tokens += tokens;
  }

  roughly(tokens: number): void {
    this.tokens += tokens;
    this.estimated = true;
  }

  async text(text: string): Promise<void> {
    this.tokens +=
      text.length <= SYNC_UNITS_MAX
        ? this.counter.count(text)
        : await this.counter.countSliced(text, undefined, this.pace);
    if (this.pace.due) await this.pace.turn();
  }

  /** Something whose rendering we do not know: its JSON text, as an estimate. */
  async json(value: unknown): Promise<void> {
    this.estimated = true;
    const json = jsonText(value);
    if ('text' in json) await this.text(json.text);
    else this.tokens += json.bytesMax;
  }

  get result(): PromptCount {
    return { tokens: this.tokens, estimated: this.estimated };
  }
}
