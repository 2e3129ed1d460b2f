import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { KeyRecord } from '@/server/domain/ports';
import { LedgerUnavailable } from '@/server/domain/unavailable';
import { createKeyCache } from '@/server/stores/cache/key-cache';

const ENTRIES_MAX = 50_000;
const digestOf = (name: string) => createHash('sha256').update(name).digest();

let nowMs: number;
let isAway: boolean;
let cache: ReturnType<typeof createKeyCache>;
beforeEach(() => {
  nowMs = 0;
  isAway = false;
  const find = async (): Promise<KeyRecord | null> => {
    if (isAway) throw new LedgerUnavailable(null);
    return null;
  };
  cache = createKeyCache({ find }, () => nowMs);
});

test('a flood of unknown keys takes no room beyond its bound, and none from keys in use', async () => {
  const inUse = digestOf('in use');
  await cache.find(inUse);
  for (let count = 0; count < ENTRIES_MAX; count += 1) {
    await cache.find(digestOf(`unknown ${count}`));
    nowMs += 1;
    if (count % 1_000 === 0) await cache.find(inUse);
  }
  isAway = true;
  expect(await cache.find(inUse)).toBeNull();
  expect(await cache.find(digestOf('unknown 49999'))).toBeNull();
  await expect(cache.find(digestOf('unknown 0'))).rejects.toThrow(LedgerUnavailable);
});
