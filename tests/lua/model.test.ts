import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BENCH_START_MS, LuaBench, LuaTenant } from '../helpers/lua-bench';
import { type Command, histories, stepModel, stepRedis } from '../helpers/lua-commands';
import { keysOf, modelState, redisState } from '../helpers/lua-state';
import { QuotaModel } from '../helpers/quota-model';

/** So many on any machine: what a run can find does not hang on how busy it is. */
const RUNS = 250;

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
});

afterAll(() => bench.close());

/** Plays a history in both worlds; they must agree after every step. */
async function play(history: readonly Command[]): Promise<void> {
  await bench.setClock(BENCH_START_MS);
  const tenant = new LuaTenant(bench);
  const model = new QuotaModel(BENCH_START_MS);
  for (const command of history) {
    const expected = stepModel(model, command);
    expect(await stepRedis(tenant, command)).toEqual(expected);
    expect(await redisState(tenant)).toEqual(modelState(model));
  }
  // The script that holds the hash against the operations by itself finds them at one, too.
  const [, code] = await bench.run('quota_sum', [tenant.hash, tenant.operations], []);
  expect(code).toBe(model.hash === null ? undefined : 'SOUND');
  await bench.redis.del(...keysOf(tenant));
}

it('any history of calls leaves Redis as the sets say: available = base - open operations', async () => {
  const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);
  console.info(`seed of the histories: ${seed} (TEST_SEED repeats them)`);
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      await play(history);
    }),
    { seed, numRuns: RUNS },
  );
});
