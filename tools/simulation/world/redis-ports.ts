import { parseOperationId, parseTenantId, type TenantId } from '@/server/domain/ids';
import type {
  AnswerStore,
  ExpiredOperations,
  OperationsKeeper,
  SettlementSpool,
} from '@/server/domain/ports';
import { createRedisAnswerStore } from '@/server/stores/redis/answers';
import { guardedRedis } from '@/server/stores/redis/failure';
import { operationsKey, quotaKey, tenantOfOperationsKey } from '@/server/stores/redis/keys';
import type { RedisQuotaStore } from '@/server/stores/redis/quota-store';
import type { ScriptName, ScriptRunner } from '@/server/stores/redis/scripts';
import { decodeSettlement, encodeSettlement } from '@/server/stores/spool/settlement-record';
import { unpack } from '../redis-model/operations';
import type { RedisServer } from './redis-server';
import type { Stage } from './stage';
import { QUIET, type Wire } from './wire';

/** So few that tenants meet the end of it, and Postgres keeps what comes after. */
const ANSWER_BUDGET_BYTES = 1_500;

/** Sends one command. Throws RedisUnavailable as the real stores do. */
type Command = <T>(label: string, work: (redis: RedisServer) => T) => Promise<T>;

export interface RedisPorts {
  readonly scripts: ScriptRunner;
  readonly answers: AnswerStore;
  readonly spool: SettlementSpool;
  keeper(store: RedisQuotaStore): OperationsKeeper;
  ping(): Promise<void>;
}

/** Everything that an instance keeps in Redis, over its connection to the simulated one. */
export function redisPorts(
  wire: Wire<RedisServer>,
  /** Called when a script is sent; what it gives is called with the reply when the script has run. */
  onSend: (tenant: TenantId, script: ScriptName) => (reply: readonly string[]) => void,
  stage: Stage,
): RedisPorts {
  const command: Command = (label, work) => guardedRedis(() => wire.send(label, work));
  const scripts: ScriptRunner = {
    run: (script, keys, args) => {
      const words = args.map(String);
      const told = script === 'answer_put' ? words.slice(0, -1) : words;
      const label = `${script === 'quota_sum' ? QUIET : ''}${script} ${told.join(' ')}`;
      const tenantId = parseTenantId((keys[0] ?? '').replace(/^\{?gw:quota:tenant:|\}.*$/g, ''));
      const onRun = tenantId === null ? null : onSend(tenantId, script);
      return command(label, (redis) => {
        if (isOlderFold(redis, script, keys, words)) {
          stage.reach('script: quota_fold of an older version');
        }
        const reply = redis.run(script, keys, words);
        onRun?.(reply);
        return reply;
      });
    },
  };
  return {
    scripts,
    answers: createRedisAnswerStore(
      scripts,
      (key) =>
        command(`get ${key}`, (redis) => {
          const text = redis.get(key);
          return text === null ? null : Buffer.from(text);
        }),
      ANSWER_BUDGET_BYTES,
    ),
    spool: spoolOver(command, stage),
    keeper: (store) => keeperOver(command, scripts, store),
    ping: () => command('ping', () => undefined),
  };
}

/** Whether a fold brings a row that the hash is ahead of already. */
function isOlderFold(
  redis: RedisServer,
  script: ScriptName,
  keys: readonly string[],
  words: readonly string[],
): boolean {
  if (script !== 'quota_fold') return false;
  const flagAt = 2 + Number(words[1]);
  const known = redis.memory.keys.hget(keys[0] ?? '', 'version');
  return words[flagAt] === '1' && Number(words[flagAt + 1]) < Number(known);
}

/** An empty spool has nothing to tell: most readings of it are left out, for speed. */
function spoolOver(command: Command, stage: Stage): SettlementSpool {
  const forget = (name: string): Promise<void> =>
    command('clear spool', (redis) => void redis.memory.spool.delete(name));
  return {
    put: (settlement) =>
      command(`spool ${settlement.charge.operationId}`, (redis) => {
        const { tenantId, operationId } = settlement.charge;
        const name = `${tenantId}/${operationId}`;
        redis.memory.spool.set(name, encodeSettlement(settlement));
        return { takeBack: () => forget(name) };
      }),
    async replay(book) {
      const isWorthReading = stage.redis.memory.spool.size > 0 || stage.dice.chance(0.1);
      if (!isWorthReading) return 0;
      const records = await command('~read spool', (redis) => [...redis.memory.spool]);
      const failures: unknown[] = [];
      for (const [name, record] of records) {
        try {
          await book(decodeSettlement(record));
        } catch (error) {
          failures.push(error);
          continue;
        }
        stage.reach('spool: replayed from Redis');
        await forget(name);
      }
      if (failures.length > 0) throw failures[0];
      return records.length;
    },
    waiting: () => command('spool size', (redis) => redis.memory.spool.size),
  };
}

function keeperOver(
  command: Command,
  scripts: ScriptRunner,
  store: RedisQuotaStore,
): OperationsKeeper {
  return {
    async *expired(graceMs) {
      const before = (await command('~time', (redis) => Math.floor(redis.now()))) - graceMs;
      const keys = await command('~scan ops', (redis) => redis.keysOf('}:ops'));
      for (const key of keys) {
        const tenantId = parseTenantId(tenantOfOperationsKey(key));
        if (tenantId === null) continue;
        const found = await command('read ops', (redis) => expiredOf(redis, tenantId, before));
        if (found.operationIds.length > 0) yield found;
      }
    },
    abandoned: (tenantId, graceMs) =>
      command(
        'read ops',
        (redis) => expiredOf(redis, tenantId, Math.floor(redis.now()) - graceMs).operationIds,
      ),
    async *tenants() {
      const keys = await command('~scan tenants', (redis) => redis.keysOf(''));
      for (const key of keys) {
        const tenantId = parseTenantId(key.slice('gw:quota:tenant:'.length));
        if (tenantId !== null && key === quotaKey(tenantId)) yield tenantId;
      }
    },
    async readBase(tenantId, keyQuotas) {
      const [, , version, base, stray, ...versions] = await scripts.run(
        'quota_sum',
        [quotaKey(tenantId), operationsKey(tenantId)],
        keyQuotas.map(({ keyId, type }) => `${keyId}:${type}`),
      );
      if (version === undefined || base === undefined) return null;
      return {
        version: Number(version),
        baseNano: BigInt(base) + BigInt(stray ?? '0'),
        keyQuotaVersions: versions.map(Number),
      };
    },
    warm: (tenantId) => store.warm(tenantId),
  };
}

function expiredOf(redis: RedisServer, tenantId: TenantId, beforeMs: number): ExpiredOperations {
  const operationIds: ExpiredOperations['operationIds'][number][] = [];
  for (const [field, raw] of redis.memory.keys.fields(operationsKey(tenantId))) {
    const id = parseOperationId(field);
    if (id !== null && Number(unpack(raw).lease) < beforeMs) operationIds.push(id);
  }
  return { tenantId, operationIds };
}
