import type { AnswerMeter, TokenMeter, TokenMeters } from '@/server/domain/ports';
import {
  countChatPrompt,
  countEmbeddingInput,
  loadVocabulary,
  StreamCounter,
  type TokenCounter,
  vocabularyFor,
} from './tokens';

/** Meters for models, on vocabularies that are loaded when first needed. */
export function createTokenMeters(): TokenMeters {
  return {
    async forModel(modelId, tokenizer) {
      const { vocabulary, known } = vocabularyFor(tokenizer, modelId);
      return tokenMeter(await loadVocabulary(vocabulary), known);
    },
  };
}

const tokenMeter = (counter: TokenCounter, isKnown: boolean): TokenMeter => ({
  isKnown,
  async countInput(endpoint, body) {
    if (endpoint === 'embeddings') return (await countEmbeddingInput(counter, body.input)).tokens;
    const { tokens } = await countChatPrompt(counter, body.messages, body.tools, {
      functions: body.functions,
      responseFormat: body.response_format,
    });
    return tokens;
  },
  openAnswer: () => answerMeter(counter),
});

/** One counter for each running text: texts of different choices never join into one token. */
function answerMeter(counter: TokenCounter): AnswerMeter {
  const tracks = new Map<string, StreamCounter>();
  const sum = (): number => {
    let total = 0;
    for (const track of tracks.values()) total += track.total();
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
    total: sum,
    async settle() {
      for (const track of tracks.values()) await track.settle();
      return sum();
    },
  };
}
