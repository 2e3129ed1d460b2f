import type { Endpoint } from '../charge';

/** Counts the running texts of one answer (its choices, tool calls, …) as they grow. */
export interface AnswerMeter {
  push(track: string, text: string): void;
  /** All that was pushed so far has left; costs nothing. */
  left(): void;
  /** Tokens of what has left; costs what is new. */
  leftTotal(): number;
  /** Tokens of all texts so far; costs what is new. */
  total(): number;
  /** The exact total, whatever the text; may take several turns of the event loop. */
  settle(): Promise<number>;
}

/** Tokens of a request before it is bought. */
export interface InputCount {
  /** The best count: shown, and billed where the upstream says nothing. */
  readonly tokens: number;
  /** The most that the upstream can bill as input; Infinity: as much as its window takes. */
  readonly tokensMax: number;
  /** The most that a predicted answer can add to the output: what of it is rejected is billed. */
  readonly predictedTokensMax: number;
}

/** Counts tokens with one model's vocabulary, or the nearest. */
export interface TokenMeter {
  /** False: the model's own vocabulary is not known, and counts are of the nearest. */
  readonly isKnown: boolean;
  /** Counts and bounds the input of a request body, chat format overhead included. */
  countInput(endpoint: Endpoint, body: Readonly<Record<string, unknown>>): Promise<InputCount>;
  openAnswer(): AnswerMeter;
}

export interface TokenMeters {
  forModel(modelId: string, tokenizer: string | null): Promise<TokenMeter>;
}
