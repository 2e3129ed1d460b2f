import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScriptRunner, type ScriptRunner } from '@/server/stores/redis/scripts';
import { Keyspace } from '../../tools/simulation/redis-model/keyspace';
import { runScript } from '../../tools/simulation/redis-model/scripts';
import { sharedRedisUrl } from '../helpers/redis';
import { allKeys, anyCommand, type Command, namesOf } from './script-commands';

/** How far apart a time to live may be read: the model has no time between two commands. */
const TTL_TOLERANCE_MS = 500;
const ERROR = 'error';

let redis: Redis;
let scripts: ScriptRunner;
beforeAll(async () => {
  redis = new Redis(sharedRedisUrl());
  scripts = createScriptRunner(redis, () => undefined);
  await redis.ping();
});
afterAll(() => redis.disconnect());

const names = namesOf(randomUUID());

it('answers and stores what the Lua scripts on a real Redis answer and store', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyCommand(names), { minLength: 1, maxLength: 40, size: 'max' }),
      async (commands) => {
        await redis.del(...allKeys(names));
        let model = new Keyspace();
        for (const command of commands) model = await bothRun(model, command);
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: false },
  );
}, 60_000);

it('knows the day and month of any second as Redis does', async () => {
  const source = await calendarSource();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4_102_444_800 }), async (seconds) => {
      const iso = new Date(seconds * 1000).toISOString();
      const reply = await redis.eval(source, 0, String(seconds));
      expect(reply).toEqual([iso.slice(0, 10), iso.slice(0, 7)]);
    }),
    { numRuns: 500 },
  );
});

/** Runs a command on both, and gives the model's next state once the two are seen to agree. */
async function bothRun(before: Keyspace, command: Command): Promise<Keyspace> {
  const from = await redisNowMs();
  const reply = await onRedis(command);
  const until = await redisNowMs();
  const found = await redisState();
  // The script read its clock somewhere between the two readings; some instant must explain it.
  let last: { reply: string[]; model: Keyspace } | null = null;
  for (let nowMs = from; nowMs <= until; nowMs += 1) {
    const model = before.copy();
    last = { reply: onModel(model, nowMs, command), model };
    if (isSame(last.reply, reply) && isSame(modelState(model), found.values)) break;
  }
  if (last === null) throw new Error('Redis set its clock back');
  expect({ command, reply: last.reply }).toEqual({ command, reply });
  expect(modelState(last.model)).toEqual(found.values);
  compareTimesToLive(last.model, found.ttls);
  return last.model;
}

async function onRedis({ script, keys, args }: Command): Promise<readonly string[]> {
  if (script === 'lose') {
    await redis.del(...keys);
    return [];
  }
  // A script's error says where in its text it arose; that it refused is all that counts.
  return await scripts.run(script, keys, args).catch((error: unknown) => [reasonOf(error)]);
}

function onModel(model: Keyspace, nowMs: number, { script, keys, args }: Command): string[] {
  if (script === 'lose') {
    for (const key of keys) model.del(key);
    return [];
  }
  try {
    return runScript(model, nowMs, script, keys, args);
  } catch (error) {
    return [reasonOf(error)];
  }
}

const reasonOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return `${ERROR} ${/BADARG [a-z_ ]+/.exec(message)?.[0].trim() ?? message}`;
};

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

async function redisNowMs(): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
}

type State = Record<string, unknown>;

async function redisState(): Promise<{ values: State; ttls: Map<string, number> }> {
  const { hash, operations, tombstones, floor, locks, rates } = names;
  const values: State = {};
  for (const key of [hash, operations, ...rates]) {
    const fields = await redis.hgetall(key);
    if (Object.keys(fields).length > 0) values[key] = sorted(Object.entries(fields));
  }
  const members = await redis.zrange(tombstones, 0, -1);
  if (members.length > 0) values[tombstones] = members.toSorted();
  for (const key of [floor, ...locks]) {
    const text = await redis.get(key);
    if (text !== null) values[key] = text;
  }
  const ttls = new Map<string, number>();
  for (const key of Object.keys(values)) ttls.set(key, await redis.pttl(key));
  return { values, ttls };
}

function modelState(model: Keyspace): State {
  const values: State = {};
  for (const key of allKeys(names)) {
    const value = model.read(key);
    if (value?.kind === 'hash') values[key] = sorted([...value.fields]);
    if (value?.kind === 'scores') values[key] = [...value.scores.keys()].toSorted();
    if (value?.kind === 'text') values[key] = value.text;
  }
  return orderedLike(values);
}

/** Both states name their keys in one order, so that they compare as text. */
function orderedLike(values: State): State {
  const { hash, operations, tombstones, floor, locks, rates } = names;
  const order = [hash, operations, ...rates, tombstones, floor, ...locks];
  return Object.fromEntries(order.filter((key) => key in values).map((key) => [key, values[key]]));
}

const sorted = (entries: [string, string][]): [string, string][] =>
  entries.toSorted(([a], [b]) => (a < b ? -1 : 1));

function compareTimesToLive(model: Keyspace, ttls: ReadonlyMap<string, number>): void {
  for (const [key, found] of ttls) {
    const at = model.expiresAtMs(key);
    const expected = at === null ? -1 : at - model.nowMs;
    if (expected === -1 || found === -1) expect(`${key} ${found}`).toBe(`${key} ${expected}`);
    else expect(Math.abs(found - expected)).toBeLessThan(TTL_TOLERANCE_MS);
  }
}

async function calendarSource(): Promise<string> {
  const { readFileSync } = await import('node:fs');
  const include = readFileSync('src/server/lua/include/calendar.lua', 'utf8');
  return `${include}\nreturn { calendar(tonumber(ARGV[1])) }`;
}
