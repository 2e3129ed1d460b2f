import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Keyspace } from '../../tools/simulation/redis-model/keyspace';
import { runScript } from '../../tools/simulation/redis-model/scripts';
import { LuaBench } from '../helpers/lua-bench';
import { allKeys, anyStory, type Command, namesOf, START_MS } from './script-commands';

/** How far apart a time to live may be read: no time passes in the model, and some on a busy machine. */
const TTL_TOLERANCE_MS = 5_000;
const RUNS = 150;

let bench: LuaBench;
beforeAll(async () => {
  bench = await LuaBench.open();
});
afterAll(() => bench.close());

const names = namesOf(randomUUID());

it('the simulated scripts answer and store what the Lua scripts do on a real Redis', async () => {
  const commands = fc
    .array(anyStory(names), { minLength: 10, maxLength: 40, size: 'max' })
    .map((stories) => stories.flat());
  await fc.assert(
    fc.asyncProperty(commands, async (history) => {
      await playOnBoth(history);
    }),
    { numRuns: RUNS },
  );
}, 60_000);

async function playOnBoth(history: readonly Command[]): Promise<void> {
  await bench.redis.del(...allKeys(names));
  await bench.setClock(START_MS);
  const model = new Keyspace();
  model.setClock(START_MS);
  for (const command of history) {
    // Both are sent at once, in this order: one round trip.
    const [reply, { values, ttls }] = await Promise.all([onRedis(command), redisState()]);
    expect({ command, reply: onModel(model, command) }).toEqual({ command, reply });
    expect(modelState(model)).toEqual(values);
    compareTimesToLive(model, ttls);
  }
}

async function onRedis(command: Command): Promise<readonly string[]> {
  if ('script' in command) {
    const { script, keys, args } = command;
    return await bench.run(script, keys, args).catch((error: unknown) => [reasonOf(error)]);
  }
  if ('lose' in command) await bench.redis.del(command.lose);
  else await bench.setClock(command.nowMs);
  return [];
}

function onModel(model: Keyspace, command: Command): readonly string[] {
  if ('lose' in command) model.del(command.lose);
  if ('nowMs' in command) model.setClock(command.nowMs);
  if (!('script' in command)) return [];
  try {
    return runScript(model, model.nowMs, command.script, command.keys, command.args);
  } catch (error) {
    return [reasonOf(error)];
  }
}

/** A script's error says where in its text it arose; what it refused is all that counts. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /BADARG [a-z_ ]+?(?= script|$)/.exec(message)?.[0] ?? message;
}

type State = Record<string, unknown>;

/** All that lies under the names, and how long each key has to live, in one round trip. */
async function redisState(): Promise<{ values: State; ttls: Map<string, number> }> {
  const { hash, operations, tombstones, floor, locks, rates, answers, account, ends } = names;
  const hashes = [hash, operations, ...rates, account];
  const texts = [floor, ...locks, ...answers];
  const scored = [tombstones, ends];
  const batch = bench.redis.pipeline();
  for (const key of hashes) batch.hgetall(key);
  for (const key of texts) batch.get(key);
  for (const key of scored) batch.zrange(key, '0', '-1', 'WITHSCORES');
  for (const key of allKeys(names)) batch.pttl(key);
  const found = ((await batch.exec()) ?? []).map(([, value]) => value);
  const values: State = {};
  for (const key of hashes) {
    const fields = Object(found.shift());
    if (Object.keys(fields).length > 0) values[key] = fields;
  }
  for (const key of texts) {
    const text = found.shift();
    if (text !== null) values[key] = text;
  }
  for (const key of scored) {
    const scores: string[] = Object(found.shift());
    for (let i = 0; i < scores.length; i += 2) {
      values[key] = { ...Object(values[key]), [scores[i] ?? '']: scores[i + 1] };
    }
  }
  return { values, ttls: new Map(allKeys(names).map((key) => [key, Number(found.shift())])) };
}

function modelState(model: Keyspace): State {
  const state: State = {};
  for (const key of allKeys(names)) {
    const value = model.read(key);
    if (value?.kind === 'hash') state[key] = Object.fromEntries(value.fields);
    if (value?.kind === 'text') state[key] = value.text;
    if (value?.kind === 'scores') {
      const entries = [...value.scores].map(([member, score]) => [member, String(score)]);
      state[key] = Object.fromEntries(entries);
    }
  }
  return state;
}

function compareTimesToLive(model: Keyspace, ttls: ReadonlyMap<string, number>): void {
  for (const key of model.keys()) {
    const at = model.expiresAtMs(key);
    const found = ttls.get(key) ?? 0;
    if (at === null) expect([key, found]).toEqual([key, -1]);
    else expect(Math.abs(found - (at - model.nowMs))).toBeLessThan(TTL_TOLERANCE_MS);
  }
}
