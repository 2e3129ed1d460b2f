import type { Endpoint } from '../charge';

/** Counts the running texts of one answer (its choices, tool calls, …) as they grow. */
export interface AnswerMeter {
  push(track: string, text: string): void;
  /** Tokens of all texts so far; costs what is new. */
  total(): number;
  /** The exact total, whatever the text; may take several turns of the event loop. */
  settle(): Promise<number>;
}

/** Counts tokens with one model's vocabulary, or the nearest. */
export interface TokenMeter {
  /** False: the model's own vocabulary is not known, and counts are of the nearest. */
  readonly isKnown: boolean;
  /** Input tokens of a request body, chat format overhead included. */
  countInput(endpoint: Endpoint, body: Readonly<Record<string, unknown>>): Promise<number>;
  openAnswer(): AnswerMeter;
}

export interface TokenMeters {
  forModel(modelId: string, tokenizer: string | null): Promise<TokenMeter>;
}
