import { expect, test } from 'vitest';
import type { ModelRecord } from '@/server/domain/ports';
import { createCatalogueCache } from '@/server/stores/cache/catalogue-cache';
import type { CatalogueReading } from '@/server/stores/postgres/catalogue';

function readingOf(inputPrice: bigint): CatalogueReading {
  const model: ModelRecord = {
    id: 'm',
    price: { input: inputPrice, output: 0n, cachedInput: null },
    contextWindow: null,
    maxOutputTokens: null,
    tokenizer: null,
    usagePolicy: 'counted',
    createdAtMs: 0,
  };
  return { models: new Map([['m', model]]), routes: new Map() };
}

/** A source whose readings the test hands out. */
function handFed() {
  const waiting: ((reading: CatalogueReading) => void)[] = [];
  const read = () =>
    new Promise<CatalogueReading>((resolve) => {
      waiting.push(resolve);
    });
  return { read, waiting, give: (inputPrice: bigint) => waiting.shift()?.(readingOf(inputPrice)) };
}

test('a reading that a change overtook serves who asked for it, and nobody after', async () => {
  const source = handFed();
  const cache = createCatalogueCache(source.read, () => 0);
  const before = cache.find('m');
  cache.clear();
  const after = cache.find('m');
  expect(source.waiting).toHaveLength(2);
  source.waiting[1]?.(readingOf(2n));
  source.waiting[0]?.(readingOf(1n));
  expect((await before)?.price.input).toBe(1n);
  expect((await after)?.price.input).toBe(2n);
  expect((await cache.find('m'))?.price.input).toBe(2n);
});

test('a reading is shared by all who ask at once, and read anew after five seconds', async () => {
  const source = handFed();
  let nowMs = 0;
  const cache = createCatalogueCache(source.read, () => nowMs);
  const first = [cache.find('m'), cache.find('m')];
  expect(source.waiting).toHaveLength(1);
  source.give(1n);
  expect((await first[1])?.price.input).toBe(1n);
  nowMs = 4_999;
  await cache.find('m');
  expect(source.waiting).toHaveLength(0);
  nowMs = 5_000;
  const later = cache.find('m');
  source.give(2n);
  expect((await later)?.price.input).toBe(2n);
});
