import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTenantId } from '@/server/domain/ids';
import { RedisUnavailable } from '@/server/stores/redis/failure';
import { floorKey, operationsKey, quotaKey, tombstonesKey } from '@/server/stores/redis/keys';
import { createScriptRunner, readScript } from '@/server/stores/redis/scripts';
import { checkWords, warmWords } from '../helpers/lua-calls';
import { checkCall, warmCall } from '../helpers/lua-samples';
import { startRedis, type TestRedis } from '../helpers/redis';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  await redis.ping();
});

afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const tenant = newTenantId();
const hash = quotaKey(tenant);
const check = checkWords(checkCall());
const warm = () =>
  createScriptRunner(redis, () => undefined).run(
    'quota_warm',
    [hash, operationsKey(tenant), tombstonesKey(tenant), floorKey(tenant)],
    warmWords(warmCall()),
  );

/** How many times each command was called since the last reset. */
async function callsOf(command: string): Promise<number> {
  const info = await redis.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}

it('a script travels once, then only its SHA; SCRIPT FLUSH is survived', async () => {
  await warm();
  const scripts = createScriptRunner(redis, () => undefined);
  await redis.config('RESETSTAT');
  for (let again = 0; again < 5; again += 1)
    await scripts.run('quota_check', [hash, operationsKey(tenant)], check);
  expect(await callsOf('eval')).toBe(1);
  expect(await callsOf('evalsha')).toBe(5);
  await redis.script('FLUSH');
  expect(await scripts.run('quota_check', [hash, operationsKey(tenant)], check)).toEqual([
    '1',
    'OK',
    '1000',
    '0',
    '0',
  ]);
  expect(await scripts.run('quota_check', [hash, operationsKey(tenant)], check)).toEqual([
    '1',
    'OK',
    '1000',
    '0',
    '0',
  ]);
  expect(await callsOf('eval')).toBe(2);
  expect(await callsOf('evalsha')).toBe(7);
});

it('after SCRIPT FLUSH, 100 calls at once all run', async () => {
  await warm();
  const scripts = createScriptRunner(redis, () => undefined);
  await redis.script('FLUSH');
  const replies = await Promise.all(
    Array.from({ length: 100 }, () =>
      scripts.run('quota_check', [hash, operationsKey(tenant)], check),
    ),
  );
  expect(replies.every(([, code]) => code === 'OK')).toBe(true);
});

it('a Redis that comes back empty is taught its scripts again', async () => {
  await warm();
  const scripts = createScriptRunner(redis, () => undefined);
  await scripts.run('quota_check', [hash, operationsKey(tenant)], check);
  await server.kill();
  await expect(scripts.run('quota_check', [hash, operationsKey(tenant)], check)).rejects.toThrow(
    RedisUnavailable,
  );
  await server.start({ empty: true });
  const ready = new Redis(server.url);
  await ready.ping();
  const fresh = createScriptRunner(ready, () => undefined);
  expect((await fresh.run('quota_check', [hash, operationsKey(tenant)], check))[1]).toBe('MISS');
  ready.disconnect();
});

it('a bad argument is our own fault, not an outage', async () => {
  const scripts = createScriptRunner(redis, () => undefined);
  const told = await scripts
    .run('quota_check', [hash, operationsKey(tenant)], ['NaN', '', ''])
    .catch((error) => error);
  expect(told).toBeInstanceOf(Error);
  expect(told).not.toBeInstanceOf(RedisUnavailable);
});

it('every run is timed, also one that fails', async () => {
  const timed: [string, number][] = [];
  const scripts = createScriptRunner(redis, (script, ms) => timed.push([script, ms]));
  await scripts.run('quota_check', [hash, operationsKey(tenant)], check);
  await scripts.run('quota_check', [hash, operationsKey(tenant)], ['x']).catch(() => undefined);
  expect(timed.map(([script]) => script)).toEqual(['quota_check', 'quota_check']);
  expect(timed.every(([, ms]) => ms > 0)).toBe(true);
});

it('a piece is put in once; a script that asks for it twice is not run', () => {
  expect(readScript('quota_hold').match(/local function integer\(/g)).toHaveLength(1);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-lua-'));
  mkdirSync(path.join(folder, 'include'));
  writeFileSync(path.join(folder, 'include', 'piece.lua'), '-- piece\n');
  writeFileSync(path.join(folder, 'twice.lua'), '-- @include piece\n-- @include piece\n');
  expect(() => readScript('twice', folder)).toThrow('twice.lua includes piece twice');
  rmSync(folder, { recursive: true });
});
