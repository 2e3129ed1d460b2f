import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { LuaBench, type LuaTenant } from '../helpers/lua-bench';
import type { HoldCall } from '../helpers/lua-calls';
import { holdCall, row, warmTenant } from '../helpers/lua-samples';

const MINUTE = Date.UTC(2026, 2, 15, 12, 0, 0);

let bench: LuaBench;
let tenant: LuaTenant;
let made = 0;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

beforeEach(async () => {
  tenant = await warmTenant(bench, { row: row({ base: 1_000_000n }) });
});

/** Asks for one more at `second` of the bench's minute. */
async function ask(second: number, over: Partial<HoldCall>): Promise<string[]> {
  made += 1;
  await bench.setClock(MINUTE + second * 1_000);
  return tenant.hold(holdCall(`op-${made}:1`, over));
}

const admitted = (reply: readonly string[]): boolean => reply[1] === 'ADMITTED';

/** How long a refused request is told to wait. */
const waitOf = (reply: readonly string[]): number => Number(reply[8]);

it('rpm requests of a quiet minute pass, and not one more', async () => {
  const replies: string[][] = [];
  for (let at = 0; at < 12; at += 1) replies.push(await ask(at, { rpm: 10 }));
  expect(replies.filter(admitted)).toHaveLength(10);
  expect(replies.slice(10).map((reply) => reply[7])).toEqual(['requests', 'requests']);
});

it('there is no burst of twice the limit about the turn of a minute', async () => {
  for (let at = 0; at < 10; at += 1) await ask(59, { rpm: 10 });
  const after: boolean[] = [];
  for (let second = 60; second < 66; second += 1)
    after.push(admitted(await ask(second, { rpm: 10 })));
  expect(after[0]).toBe(false);
  expect(after.filter(Boolean).length).toBeLessThanOrEqual(1);
  expect(admitted(await ask(180, { rpm: 10 }))).toBe(true);
});

it('a full minute fades over the next one', async () => {
  for (let at = 0; at < 60; at += 1) await ask(0, { rpm: 60 });
  const passed: boolean[] = [];
  for (let at = 0; at < 60; at += 1) passed.push(admitted(await ask(90, { rpm: 60 })));
  // Half of the last minute is still covered.
  expect(passed.filter(Boolean)).toHaveLength(30);
});

it.each([
  { says: 'within the minute', first: 10, full: 20 },
  { says: 'over the turn of a minute', first: 50, full: 70 },
])('who waits as long as told gets in: $says', async ({ first, full }) => {
  for (let at = 0; at < 5; at += 1) await ask(first, { rpm: 10 });
  for (let at = 0; at < 10; at += 1) await ask(full, { rpm: 10 });
  const refused = await ask(full, { rpm: 10 });
  expect(admitted(refused)).toBe(false);
  expect(waitOf(refused)).toBeGreaterThan(0);
  expect(waitOf(refused)).toBeLessThanOrEqual(120_000);
  expect(admitted(await ask(full + waitOf(refused) / 1_000, { rpm: 10 }))).toBe(true);
});

it('tokens are counted by what each request is expected to use', async () => {
  expect(admitted(await ask(0, { tpm: 100, rateTokens: 60 }))).toBe(true);
  const refused = await ask(1, { tpm: 100, rateTokens: 41 });
  expect([refused[1], refused[7]]).toEqual(['RATE', 'tokens']);
  const last = await ask(2, { tpm: 100, rateTokens: 40 });
  expect(last.slice(8, 11)).toEqual(['58000', '2', '100']);
});

it('a request beyond the whole limit never passes, however quiet it is', async () => {
  const refused = await ask(0, { tpm: 100, rateTokens: 101 });
  expect(refused[1]).toBe('RATE');
  expect(waitOf(refused)).toBe(60_000);
});

it('each key has its own minute', async () => {
  expect(admitted(await ask(0, { rpm: 1, key: 'key-1' }))).toBe(true);
  expect(admitted(await ask(0, { rpm: 1, key: 'key-2' }))).toBe(true);
  expect(admitted(await ask(1, { rpm: 1, key: 'key-2' }))).toBe(false);
});

it('a clock that was set back opens no hole and closes no door for good', async () => {
  await ask(300, { rpm: 1 });
  expect(admitted(await ask(0, { rpm: 1 }))).toBe(true);
  expect(admitted(await ask(1, { rpm: 1 }))).toBe(false);
});
