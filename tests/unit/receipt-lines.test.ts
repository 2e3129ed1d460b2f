import { describe, expect, it } from 'vitest';
import { receiptLines } from '@/components/data/receipt/lines';
import { instantOfId } from '@/server/domain/id-text';
import { uuidV7 } from '@/server/domain/ids';
import { parseUsd } from '@/server/domain/money';

const NOTHING = { inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
const NO_PRICE = { inputPrice: null, cachedInputPrice: null, outputPrice: null };
const receipt = (fields: Partial<Parameters<typeof receiptLines>[0]>) => ({
  ...NOTHING,
  ...NO_PRICE,
  ...fields,
});

describe('the lines of a receipt', () => {
  it('price cached input apart, and each line exactly, beyond the billionth of a dollar', () => {
    const lines = receiptLines(
      receipt({
        ...{ inputTokens: 100, cachedTokens: 40, outputTokens: 7 },
        ...{ inputPrice: '150', cachedInputPrice: '0.075', outputPrice: '600.5' },
      }),
    );
    expect(lines).toEqual([
      { kind: 'input', tokens: 60, pricePerMillion: '150000000', cost: '$0.000009' },
      { kind: 'cached', tokens: 40, pricePerMillion: '75000', cost: '$0.000000003' },
      { kind: 'output', tokens: 7, pricePerMillion: '600500000', cost: '$0.0000042035' },
    ]);
  });

  it('leave out cached input where there was none, and costs where no price was kept', () => {
    const lines = receiptLines(receipt({ inputTokens: 5, outputTokens: 1, inputPrice: '0.5' }));
    expect(lines).toEqual([
      { kind: 'input', tokens: 5, pricePerMillion: '500000', cost: '$0.0000000025' },
      { kind: 'output', tokens: 1, pricePerMillion: null, cost: null },
    ]);
  });
});

describe('what is read out of text', () => {
  it('is the instant that an id was made at, to the millisecond', () => {
    const atMs = Date.UTC(2026, 10, 23, 12, 0, 0, 123);
    expect(instantOfId(uuidV7(atMs)).getTime()).toBe(atMs);
  });

  it('is dollars as people type them, exactly, and nothing else', () => {
    expect(parseUsd(' 0.000000001 ')).toBe(1n);
    expect(parseUsd('25')).toBe(25_000_000_000n);
    for (const text of ['', '-1', '1,5', '1e3', '.5', '0.0000000001', '99999999']) {
      expect(parseUsd(text)).toBeNull();
    }
  });
});
