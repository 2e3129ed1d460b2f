import type { AnswerMeter, TokenMeter, TokenMeters } from '@/server/domain/ports';
import {
  type Billing,
  countChatPrompt,
  countEmbeddingInput,
  jsonBytes,
  loadVocabulary,
  StreamCounter,
  type TokenCounter,
  vocabularyFor,
} from './tokens';

/** Meters for models, on vocabularies that are loaded when first needed. */
export function createTokenMeters(): TokenMeters {
  return {
    async forModel(modelId, tokenizer) {
      const { vocabulary, known, isOpenAiFormat } = vocabularyFor(tokenizer, modelId);
      const billing = { isVocabularyKnown: known, isOpenAiFormat };
      return tokenMeter(await loadVocabulary(vocabulary), billing);
    },
  };
}

const tokenMeter = (counter: TokenCounter, billing: Billing): TokenMeter => ({
  isKnown: billing.isVocabularyKnown,
  async countInput(endpoint, body) {
    if (endpoint === 'embeddings') {
      return { predictedTokensMax: 0, ...(await countEmbeddingInput(counter, body, { billing })) };
    }
    const predictedTokensMax = jsonBytes(body.prediction ?? null);
    return { predictedTokensMax, ...(await countChatPrompt(counter, body, { billing })) };
  },
  openAnswer: () => answerMeter(counter),
});

/** One counter for each running text: texts of different choices never join into one token. */
function answerMeter(counter: TokenCounter): AnswerMeter {
  const tracks = new Map<string, StreamCounter>();
  const sum = (of: (track: StreamCounter) => number): number => {
    let total = 0;
    for (const track of tracks.values()) total += of(track);
    return total;
  };
  return {
    push(name, text) {
      let track = tracks.get(name);
      if (track === undefined) {
        track = new StreamCounter(counter);
        tracks.set(name, track);
      }
      track.push(text);
    },
    left() {
      for (const track of tracks.values()) track.left();
    },
    leftTotal: () => sum((track) => track.leftTotal()),
    total: () => sum((track) => track.total()),
    async settle() {
      for (const track of tracks.values()) await track.settle();
      return sum((track) => track.total());
    },
  };
}
