import type { TenantId } from './domain/ids';
import {
  ANSWER_BUDGET_BYTES,
  type AnswerStore,
  type OperationsKeeper,
  type QuotaReader,
  type QuotaStore,
  type ReadSnapshot,
  type SettlementSpool,
} from './domain/ports';
import type { ReadQuotaStore } from './domain/ports/audit';
import { createFailoverAnswerStore } from './stores/failover/answers';
import { createBreaker } from './stores/failover/breaker';
import { createFailoverQuotaStore } from './stores/failover/quota-store';
import { createRedisAnswerStore } from './stores/redis/answers';
import { createRedisClient, waitUntilReady } from './stores/redis/client';
import { watchLoss } from './stores/redis/cluster';
import { guardedRedis, RedisUnavailable } from './stores/redis/failure';
import { createInvalidation, type Topic } from './stores/redis/invalidation';
import { createRedisKeeper } from './stores/redis/keeper';
import { createRedisQuotaStore } from './stores/redis/quota-store';
import { createQuotaStoreReader, noQuotaStore } from './stores/redis/read-store';
import { createScriptRunner } from './stores/redis/scripts';
import { createRedisSpool } from './stores/redis/spool';
import { expectTrustworthy } from './stores/redis/trust';
import type { Logger } from './telemetry/logger';
import type { Metrics } from './telemetry/metrics';

const PROBE_EVERY_MS = 500;
const FIRST_CONNECT_MS = 2_000;
/** A Redis that works all along may be told to evict, or be full, before anyone writes to it. */
const WATCH_EVERY_MS = 5_000;

/** The stores as the rest of the house sees them, whether there is a Redis or not. */
export interface QuotaSide {
  readonly quota: QuotaStore & QuotaReader;
  readonly answers: AnswerStore;
  /** Null in Postgres-only mode: nothing to keep. */
  readonly keeper: OperationsKeeper | null;
  /** Takes settlements where no disk does; null without Redis. */
  readonly spool: SettlementSpool | null;
  readonly readStore: ReadQuotaStore;
  redisState(): 'up' | 'down' | 'off';
  publish(topic: Topic): Promise<void>;
  payOwed(): Promise<void>;
  close(): Promise<void>;
}

/** Postgres-only mode: one store, and caches that are at most 5 s old. */
export function postgresOnly(
  quota: QuotaStore & QuotaReader,
  answers: AnswerStore,
  onTopic: (topic: Topic) => void,
): QuotaSide {
  return {
    quota,
    answers,
    keeper: null,
    spool: null,
    readStore: noQuotaStore,
    redisState: () => 'off',
    publish: async (topic) => onTopic(topic),
    payOwed: async () => undefined,
    close: async () => undefined,
  };
}

export interface RedisSideOptions {
  readonly url: string;
  readonly forceCluster: boolean;
  readonly postgresQuota: QuotaStore & QuotaReader;
  readonly postgresAnswers: AnswerStore;
  readonly readSnapshot: ReadSnapshot;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onTopic: (topic: Topic) => void;
  /** Whose requests this process is answering right now. */
  readonly tenantsAtWork: () => Iterable<TenantId>;
  readonly onFault: (what: string, cause: unknown) => void;
}

const reasonOf = (error: unknown): string =>
  error instanceof RedisUnavailable ? error.reason : 'disconnected';

/** Redis in front, Postgres behind it, and a breaker between them. */
export async function redisWithFallback(options: RedisSideOptions): Promise<QuotaSide> {
  const { metrics, log } = options;
  const client = createRedisClient(options.url, options.forceCluster);
  const scripts = createScriptRunner(client, (script, ms) =>
    metrics.luaScriptMs.observe({ script }, ms),
  );
  const redis = createRedisQuotaStore(scripts, options.readSnapshot);
  const breaker = createBreaker({
    probe: () => expectTrustworthy(client),
    probeEveryMs: PROBE_EVERY_MS,
    onChange(isClosed, reason) {
      metrics.breakerOpen.set(isClosed ? 0 : 1);
      if (isClosed) {
        log.info('Redis is used again');
        void quota
          .payOwed()
          .then(() => quota.recover(options.tenantsAtWork()))
          .catch((cause: unknown) => options.onFault('recover', cause));
      } else {
        metrics.breakerOpened.inc({ reason });
        log.warn({ reason }, 'Redis is left alone; Postgres judges quota');
      }
    },
  });
  const quota = createFailoverQuotaStore(redis, options.postgresQuota, breaker);
  const subscriber = createRedisClient(options.url, options.forceCluster);
  const invalidation = createInvalidation(client, subscriber, options.onTopic);
  if (await waitUntilReady(client, FIRST_CONNECT_MS)) {
    await expectTrustworthy(client).catch((error: unknown) => breaker.trip(reasonOf(error)));
  } else breaker.trip('disconnected');
  watchLoss(client, () => breaker.trip('disconnected'));
  const watch = setInterval(() => {
    if (!breaker.isClosed) return;
    expectTrustworthy(client).catch((error: unknown) => breaker.trip(reasonOf(error)));
  }, WATCH_EVERY_MS);
  watch.unref();
  return {
    quota,
    answers: createFailoverAnswerStore(
      createRedisAnswerStore(
        scripts,
        (key) => guardedRedis(() => client.getBuffer(key)),
        ANSWER_BUDGET_BYTES.redis,
      ),
      options.postgresAnswers,
      breaker,
    ),
    keeper: createRedisKeeper(client, scripts, redis),
    spool: createRedisSpool(client, (cause) => options.onFault('spool_damaged', cause)),
    readStore: createQuotaStoreReader(client),
    redisState: () => (breaker.isClosed && client.status === 'ready' ? 'up' : 'down'),
    publish: (topic) => invalidation.publish(topic),
    payOwed: () => quota.payOwed(),
    close: async () => {
      breaker.stop();
      clearInterval(watch);
      invalidation.close();
      // In its turn, behind the folds of the last settlements.
      await client.quit().catch(() => undefined);
      client.disconnect();
    },
  };
}
