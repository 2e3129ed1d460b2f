import { hasWords } from '@/server/domain/chosen';
import { costOf, type Price, parsePrice } from '@/server/domain/pricing';
import type { ModelView } from '@/server/services/models/view';

/** A request to price: tokens of one, and how many of them. */
export interface AskedTokens {
  readonly input: number;
  /** Of the input, how many the upstream has in its cache. */
  readonly cached: number;
  readonly output: number;
  readonly requests: number;
}

export const EXAMPLE: AskedTokens = { input: 1_000, cached: 0, output: 500, requests: 1 };
const COUNT_MAX = 1_000_000_000;

export const MODEL_SORTS = ['name', 'input', 'output', 'context', 'cost'] as const;
export type ModelSort = (typeof MODEL_SORTS)[number];

export interface PricedModel {
  readonly model: ModelView;
  readonly price: Price;
  readonly costNano: bigint;
}

/** A count as it is typed or stands in an address: empty or strange is the example's. */
export function readTokens(text: string, otherwise: number): number {
  if (!/^\d{1,10}$/.test(text)) return otherwise;
  return Math.min(Number(text), COUNT_MAX);
}

/** What so many such requests come to: each rounded up to a whole nano-USD once, as billing does. */
export const costOfRequests = (price: Price, asked: AskedTokens): bigint =>
  BigInt(asked.requests) *
  costOf(price, {
    inputTokens: asked.input,
    cachedTokens: asked.cached,
    outputTokens: asked.output,
    reasoningTokens: 0,
  });

export function priceModels(
  models: readonly ModelView[],
  asked: AskedTokens,
): readonly PricedModel[] {
  return models.map((model) => {
    const price = priceOf(model);
    return { model, price, costNano: costOfRequests(price, asked) };
  });
}

const priceOf = (model: ModelView): Price => ({
  input: parsePrice(model.inputPrice) ?? 0n,
  output: parsePrice(model.outputPrice) ?? 0n,
  cachedInput: model.cachedInputPrice === null ? null : parsePrice(model.cachedInputPrice),
});

/** Those whose name has these words in it, in this order; equals by name. */
export function chooseModels(
  models: readonly PricedModel[],
  text: string,
  sort: { readonly by: ModelSort; readonly isDescending: boolean },
): readonly PricedModel[] {
  const sign = sort.isDescending ? -1 : 1;
  return models
    .filter(({ model }) => hasWords(model.id, text))
    .toSorted((a, b) => sign * compare(a, b, sort.by) || a.model.id.localeCompare(b.model.id));
}

function compare(a: PricedModel, b: PricedModel, by: ModelSort): number {
  switch (by) {
    case 'name':
      return a.model.id.localeCompare(b.model.id);
    case 'input':
      return order(a.price.input, b.price.input);
    case 'output':
      return order(a.price.output, b.price.output);
    case 'context':
      return order(a.model.contextWindow ?? 0, b.model.contextWindow ?? 0);
    case 'cost':
      return order(a.costNano, b.costNano);
  }
}

const order = <T extends bigint | number>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** The least of what the asked can cost; a model whose output is free writes none, so it is no match for one that does. */
export function cheapestOf(models: readonly PricedModel[], { output }: AskedTokens): bigint | null {
  const able = models.filter(({ price }) => output === 0 || price.output > 0n);
  return able.reduce<bigint | null>(
    (least, { costNano }) => (least === null || costNano < least ? costNano : least),
    null,
  );
}
