import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { newTenantId, trustedApiKeyId, trustedTraceId } from '@/server/domain/ids';
import {
  answerAccountKey,
  answerEndsKey,
  answerKey,
  floorKey,
  operationsKey,
  quotaKey,
  rateKey,
  tombstonesKey,
  traceKey,
} from '@/server/stores/redis/keys';
import { readScript, type ScriptName } from '@/server/stores/redis/scripts';
import * as calls from './lua-calls';
import { sharedRedisUrl } from './redis';

/** The clock that scripts on the bench start at. */
export const BENCH_START_MS = Date.UTC(2026, 2, 15, 12, 0, 0);
export const BENCH_DAY = '2026-03-15';
export const BENCH_MONTH = '2026-03';

/**
 * The real scripts on the real Redis, but for one thing: what they ask the time of is a key that
 * the test sets. So midnight, a minute's end and a tombstone's end come when a test wants them.
 */
export class LuaBench {
  private readonly clockKey = `test:clock:${randomUUID()}`;
  private readonly sources = new Map<ScriptName, string>();

  private constructor(readonly redis: Redis) {}

  static async open(): Promise<LuaBench> {
    const bench = new LuaBench(new Redis(sharedRedisUrl()));
    await bench.setClock(BENCH_START_MS);
    return bench;
  }

  async setClock(ms: number): Promise<void> {
    const micros = (ms % 1000) * 1000;
    await this.redis
      .multi()
      .del(this.clockKey)
      .rpush(this.clockKey, String(Math.floor(ms / 1000)), String(micros))
      .exec();
  }

  async run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly string[],
  ): Promise<string[]> {
    const reply = await this.redis.eval(this.source(script), keys.length, ...keys, ...args);
    if (!Array.isArray(reply)) throw new Error(`${script}.lua gave no list`);
    return reply.map(String);
  }

  private source(script: ScriptName): string {
    const known = this.sources.get(script);
    if (known !== undefined) return known;
    const source = readScript(script).replaceAll(
      "redis.call('TIME')",
      `redis.call('LRANGE', '${this.clockKey}', 0, 1)`,
    );
    this.sources.set(script, source);
    return source;
  }

  async close(): Promise<void> {
    await this.redis.del(this.clockKey);
    this.redis.disconnect();
  }
}

/** One tenant's keys, the scripts over them, and everything that they left there. */
export class LuaTenant {
  readonly id = newTenantId();
  readonly hash = quotaKey(this.id);
  readonly operations = operationsKey(this.id);
  readonly tombstones = tombstonesKey(this.id);
  readonly floor = floorKey(this.id);
  readonly account = answerAccountKey(this.id);
  readonly ends = answerEndsKey(this.id);

  constructor(readonly bench: LuaBench) {}

  lock(trace: string | null): string {
    return traceKey(this.id, trace === null ? null : trustedTraceId(trace));
  }

  rate(key: string): string {
    return rateKey(this.id, trustedApiKeyId(key));
  }

  answerOf(trace: string): string {
    return answerKey({ tenantId: this.id, traceId: trustedTraceId(trace), attempt: 1 });
  }

  keysOf = {
    check: () => [this.hash, this.operations],
    warm: () => [this.hash, this.operations, this.tombstones, this.floor],
    hold: (call: Pick<calls.HoldCall, 'trace' | 'key'>) => [
      this.hash,
      this.operations,
      this.tombstones,
      this.lock(call.trace),
      this.rate(call.key),
    ],
    raise: (call: Pick<calls.RaiseCall, 'trace'>) => [
      this.hash,
      this.operations,
      this.lock(call.trace),
    ],
    deduct: (call: Pick<calls.DeductCall, 'key'>) => [
      this.hash,
      this.operations,
      this.tombstones,
      this.rate(call.key),
    ],
    fold: (call: Pick<calls.FoldCall, 'operations'>) => [
      this.hash,
      this.operations,
      this.tombstones,
      this.floor,
      ...call.operations.map(({ trace }) => this.lock(trace)),
    ],
    standing: (call: Pick<calls.StandingCall, 'key'>) => [
      this.hash,
      this.operations,
      this.rate(call.key),
    ],
    answer: (call: Pick<calls.AnswerCall, 'label'>) => [
      this.answerOf(call.label),
      this.account,
      this.ends,
    ],
    renew: (call: Pick<calls.RenewCall, 'operations'>) => [
      this.operations,
      ...call.operations.map(({ trace }) => this.lock(trace)),
    ],
  };

  check(call: calls.CheckCall): Promise<string[]> {
    return this.bench.run('quota_check', this.keysOf.check(), calls.checkWords(call));
  }
  warm(call: calls.WarmCall): Promise<string[]> {
    return this.bench.run('quota_warm', this.keysOf.warm(), calls.warmWords(call));
  }
  hold(call: calls.HoldCall): Promise<string[]> {
    return this.bench.run('quota_hold', this.keysOf.hold(call), calls.holdWords(call));
  }
  raise(call: calls.RaiseCall): Promise<string[]> {
    return this.bench.run('quota_raise', this.keysOf.raise(call), calls.raiseWords(call));
  }
  deduct(call: calls.DeductCall): Promise<string[]> {
    return this.bench.run('quota_deduct', this.keysOf.deduct(call), calls.deductWords(call));
  }
  fold(call: calls.FoldCall): Promise<string[]> {
    return this.bench.run('quota_fold', this.keysOf.fold(call), calls.foldWords(call));
  }
  renew(call: calls.RenewCall): Promise<string[]> {
    return this.bench.run('quota_renew', this.keysOf.renew(call), calls.renewWords(call));
  }
  standing(call: calls.StandingCall): Promise<string[]> {
    return this.bench.run('quota_standing', this.keysOf.standing(call), calls.standingWords(call));
  }
  answer(call: calls.AnswerCall): Promise<string[]> {
    return this.bench.run('answer_put', this.keysOf.answer(call), calls.answerWords(call));
  }

  field(name: string): Promise<string | null> {
    return this.bench.redis.hget(this.hash, name);
  }

  /** Every key of the tenant with its bytes and its time of death: equal dumps, equal state. */
  async dump(): Promise<Record<string, string>> {
    const { redis } = this.bench;
    const keys = (await redis.keys(`*${this.id}*`)).sort();
    const state = await Promise.all(
      keys.map(async (key) => {
        const [bytes, diesAt] = await Promise.all([redis.dumpBuffer(key), redis.pexpiretime(key)]);
        return [key, `${bytes?.toString('base64')} ${diesAt}`] as const;
      }),
    );
    return Object.fromEntries(state);
  }
}
