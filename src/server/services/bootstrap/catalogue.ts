import type { NewModel } from '../../domain/ports/repositories';
import { parsePrice } from '../../domain/pricing';

interface Listed extends Omit<NewModel, 'price'> {
  /** Input, output and cached input in nano-USD per token: dollars per million tokens × 1000. */
  readonly prices: readonly [string, string, string?];
}

function exact(price: string): bigint {
  const parsed = parsePrice(price);
  if (parsed === null) throw new Error(`The built-in catalogue has a price that is none: ${price}`);
  return parsed;
}

const priced = ({ prices: [input, output, cached], ...model }: Listed): NewModel => ({
  ...model,
  price: {
    input: exact(input),
    output: exact(output),
    cachedInput: cached === undefined ? null : exact(cached),
  },
});

const chat = { tokenizer: 'o200k_base', usagePolicy: 'counted' } as const;
/** Hidden reasoning tokens cannot be counted from the text. */
const reasoning = { tokenizer: 'o200k_base', usagePolicy: 'upstream' } as const;
const embedding = { maxOutputTokens: null, usagePolicy: 'counted' } as const;
const sim = { contextWindow: 128_000, maxOutputTokens: 16_384 };
const gpt4o = { ...chat, contextWindow: 128_000, maxOutputTokens: 16_384 };
const gpt41 = { ...chat, contextWindow: 1_047_576, maxOutputTokens: 32_768 };
const o = { ...reasoning, contextWindow: 200_000, maxOutputTokens: 100_000 };
const embed3 = { ...embedding, tokenizer: 'cl100k_base', contextWindow: 8192 } as const;

const SIMULATOR: readonly Listed[] = [
  { id: 'sim-fast', prices: ['150', '600', '75'], ...chat, ...sim },
  { id: 'sim-standard', prices: ['2500', '10000', '1250'], ...chat, ...sim },
  { id: 'sim-reasoning', prices: ['1100', '4400', '275'], ...reasoning, ...sim },
  { id: 'sim-embed', prices: ['20', '0'], ...chat, ...sim, ...embedding },
];

const OPENAI: readonly Listed[] = [
  { id: 'gpt-4o', prices: ['2500', '10000', '1250'], ...gpt4o },
  { id: 'gpt-4o-mini', prices: ['150', '600', '75'], ...gpt4o },
  { id: 'gpt-4.1', prices: ['2000', '8000', '500'], ...gpt41 },
  { id: 'gpt-4.1-mini', prices: ['400', '1600', '100'], ...gpt41 },
  { id: 'gpt-4.1-nano', prices: ['100', '400', '25'], ...gpt41 },
  { id: 'o3', prices: ['2000', '8000', '500'], ...o },
  { id: 'o4-mini', prices: ['1100', '4400', '275'], ...o },
  { id: 'text-embedding-3-small', prices: ['20', '0'], ...embed3 },
  { id: 'text-embedding-3-large', prices: ['130', '0'], ...embed3 },
];

/** What the built-in simulator offers. */
export const SIMULATOR_MODELS: readonly NewModel[] = SIMULATOR.map(priced);

/** OpenAI at list prices; seeded once, then the operator's to change or delete. */
export const OPENAI_MODELS: readonly NewModel[] = OPENAI.map(priced);
