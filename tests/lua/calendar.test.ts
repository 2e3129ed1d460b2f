import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dayOf, monthOf } from '@/server/domain/period';
import { sharedRedisUrl } from '../helpers/redis';

const calendar = readFileSync(
  path.join(import.meta.dirname, '../../src/server/lua/include/calendar.lua'),
  'utf8',
);

let redis: Redis;

beforeAll(() => {
  redis = new Redis(sharedRedisUrl());
});

afterAll(() => redis.disconnect());

/** The days and months that the scripts' calendar gives for these seconds. */
async function calendarOf(seconds: readonly number[]): Promise<unknown> {
  const source = `${calendar}
    local found = {}
    for i, at in ipairs(ARGV) do found[i] = { calendar(tonumber(at)) } end
    return found`;
  return redis.eval(source, 0, ...seconds.map(String));
}

const truth = (seconds: readonly number[]) =>
  seconds.map((at) => [dayOf(at * 1_000), monthOf(at * 1_000)]);

it('knows every day from 1970 to 2110, at its first and its last second', async () => {
  const days = (Date.UTC(2110, 0, 1) - Date.UTC(1970, 0, 1)) / 86_400_000;
  for (let first = 0; first < days; first += 3_000) {
    const seconds: number[] = [];
    for (let day = first; day < Math.min(first + 3_000, days); day += 1) {
      seconds.push(day * 86_400, day * 86_400 + 86_399);
    }
    expect(await calendarOf(seconds)).toEqual(truth(seconds));
  }
});

it('knows any second', async () => {
  const second = fc.integer({ min: 0, max: Date.UTC(2400, 0, 1) / 1_000 });
  await fc.assert(
    fc.asyncProperty(fc.array(second, { minLength: 500, maxLength: 500 }), async (seconds) => {
      expect(await calendarOf(seconds)).toEqual(truth(seconds));
    }),
    { numRuns: 10 },
  );
});
