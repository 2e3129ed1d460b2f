import { describe, expect, it } from 'vitest';
import { readBudgetValues } from '@/app/(portal)/limits/budget-values';
import {
  cheapestOf,
  chooseModels,
  costOfRequests,
  EXAMPLE,
  priceModels,
  readTokens,
} from '@/app/(portal)/models/choose-models';
import { parsePrice, perMillion } from '@/server/domain/pricing';

const priceOf = (text: string): bigint => parsePrice(text) ?? -1n;
const model = (id: string, inputPrice: string, outputPrice = '600') => ({
  id,
  inputPrice,
  outputPrice,
  cachedInputPrice: null,
  contextWindow: null,
  maxOutputTokens: null,
  tokenizer: null,
  usageSource: 'counted' as const,
  createdAt: '2026-11-23T00:00:00.000Z',
});

describe('a price for a million tokens', () => {
  it.each([
    ['150', '0.15'],
    ['0', '0.00'],
    ['2500', '2.50'],
    ['0.075', '0.000075'],
    ['0.000000001', '0.000000000001'],
    ['999999999999999.999999999', '999999999999.999999999999'],
  ])('of %s nano a token is exactly $%s', (price, dollars) => {
    expect(perMillion(priceOf(price))).toBe(dollars);
  });
});

describe('what requests would cost', () => {
  it('is rounded up once a request, and then multiplied', () => {
    const price = { input: priceOf('0.4'), output: 0n, cachedInput: null };
    const asked = { input: 1, cached: 0, output: 0, requests: 10 };
    expect(costOfRequests(price, asked)).toBe(10n);
    expect(costOfRequests(price, { ...asked, input: 10, requests: 1 })).toBe(4n);
  });

  it('takes cached tokens at their own price, never more of them than there is input', () => {
    const price = { input: priceOf('100'), output: 0n, cachedInput: priceOf('10') };
    const asked = { input: 10, cached: 4, output: 0, requests: 1 };
    expect(costOfRequests(price, asked)).toBe(640n);
    expect(costOfRequests(price, { ...asked, cached: 99 })).toBe(100n);
  });

  it('reads counts as typed; what is none is the example’s', () => {
    expect(['12', '', '-1', '1e9', '99999999999'].map((text) => readTokens(text, 7))).toEqual([
      12, 7, 7, 7, 7,
    ]);
    expect(readTokens('9999999999', 7)).toBe(1_000_000_000);
  });

  it('sorts by what they cost, either way, equals by name', () => {
    const models = priceModels([model('b', '1'), model('a', '1'), model('c', '0.5')], EXAMPLE);
    const sorted = (isDescending: boolean) =>
      chooseModels(models, '', { by: 'cost', isDescending }).map((one) => one.model.id);
    expect(sorted(false)).toEqual(['c', 'a', 'b']);
    expect(sorted(true)).toEqual(['a', 'b', 'c']);
    expect(cheapestOf(models, EXAMPLE)).toBe(models[2]?.costNano);
    const free = priceModels([model('embeds', '0', '0'), model('chats', '1')], EXAMPLE);
    expect(cheapestOf(free, EXAMPLE)).toBe(free[1]?.costNano);
    const found = chooseModels(models, ' A ', { by: 'name', isDescending: false });
    expect(found.map((one) => one.model.id)).toEqual(['a']);
  });
});

describe('the form of a budget', () => {
  const form = {
    amount: '12.5',
    thresholds: '100, 50 % 50',
    mail: 'managers',
    mailTo: [],
  } as const;

  it('takes dollars to the nano and percentages in any order', () => {
    expect(readBudgetValues(form)).toEqual({
      input: { amount: '12500000000', thresholds: [50, 100], mail: 'managers', mailTo: [] },
    });
  });

  it('says of each field what is wrong', () => {
    const wrong = { amount: '0', thresholds: '0', mail: 'chosen', mailTo: [] } as const;
    expect(readBudgetValues(wrong)).toEqual({
      faults: { amount: true, thresholds: true, mailTo: true },
    });
    for (const thresholds of ['', 'half', '1001', '1,2,3,4,5,6,7,8,9,10,11']) {
      expect(readBudgetValues({ ...form, thresholds })).toEqual({ faults: { thresholds: true } });
    }
  });
});
