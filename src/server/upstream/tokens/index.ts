export { countChatPrompt } from './chat-prompt';
export type { TokenCounter } from './counter';
export { countEmbeddingInput } from './embedding-input';
export { jsonBytes } from './json-text';
export { loadVocabulary } from './load';
export type { Billing } from './prompt-tally';
export { StreamCounter } from './stream-counter';
export { type Vocabulary, vocabularyFor } from './vocabulary';

/** Most tokens that this many UTF-8 bytes of text can be: a token is at least one byte. */
export function upperBound(bytes: number): number {
  return Math.max(0, Math.ceil(bytes));
}
