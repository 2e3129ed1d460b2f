import type { AnswerMeter, TokenMeters } from '@/server/domain/ports';

/** In the simulation a token is a tilde, so that anyone can count: clients, upstreams and gateways. */
export const TOKEN = '~';

export function countTokens(text: string): number {
  let count = 0;
  for (let at = text.indexOf(TOKEN); at !== -1; at = text.indexOf(TOKEN, at + 1)) count += 1;
  return count;
}

function answerMeter(): AnswerMeter {
  let total = 0;
  let leftTotal = 0;
  return {
    push: (_track, text) => {
      total += countTokens(text);
    },
    left: () => {
      leftTotal = total;
    },
    leftTotal: () => leftTotal,
    total: () => total,
    settle: async () => total,
  };
}

/** The vocabulary of `blurred` models is not known: their input is bounded by its bytes. */
export const tildeMeters: TokenMeters = {
  forModel: async (modelId) => ({
    isKnown: !modelId.startsWith('blurred'),
    countInput: async (_endpoint, body) => {
      const text = JSON.stringify(body.messages ?? '');
      const tokens = countTokens(text);
      const tokensMax = modelId.startsWith('blurred') ? text.length : tokens;
      return { tokens, tokensMax, predictedTokensMax: 0 };
    },
    openAnswer: answerMeter,
  }),
};
