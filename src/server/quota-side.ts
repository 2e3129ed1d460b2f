import path from 'node:path';
import type { Env } from '@/env';
import { ANSWER_BUDGET_BYTES, type SettlementSpool } from './domain/ports';
import type { OpenCharges } from './gateway/open-charges';
import { readWithOwnHolds } from './gateway/read-with-own-holds';
import { postgresOnly, type QuotaSide, redisWithFallback } from './redis-side';
import { createPostgresAnswerStore } from './stores/postgres/answers';
import type { PostgresClient } from './stores/postgres/client';
import type { createPostgresLedger } from './stores/postgres/ledger';
import { createPostgresQuotaStore } from './stores/postgres/quota-store';
import type { Topic } from './stores/redis/invalidation';
import { createFileSpool } from './stores/spool/file-spool';
import { firstThatTakesIt } from './stores/spool/first-that-takes-it';
import type { GatewayTelemetry } from './telemetry/gateway';
import type { Logger } from './telemetry/logger';
import type { Metrics } from './telemetry/metrics';

interface QuotaSideParts {
  readonly postgres: PostgresClient;
  readonly ledger: ReturnType<typeof createPostgresLedger>;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onTopic: (topic: Topic) => void;
  readonly openCharges: OpenCharges;
  readonly telemetry: GatewayTelemetry;
}

/** Quota and answers as REDIS_URL says: in Redis before Postgres, or in Postgres alone. */
export async function createQuotaSide(env: Env, parts: QuotaSideParts): Promise<QuotaSide> {
  const postgresQuota = createPostgresQuotaStore(parts.postgres.sql);
  const postgresAnswers = createPostgresAnswerStore(
    parts.postgres.sql,
    ANSWER_BUDGET_BYTES.postgres,
  );
  if (env.REDIS_URL === 'off') return postgresOnly(postgresQuota, postgresAnswers, parts.onTopic);
  return await redisWithFallback({
    url: env.REDIS_URL,
    forceCluster: env.REDIS_CLUSTER === '1',
    postgresQuota,
    postgresAnswers,
    readSnapshot: readWithOwnHolds(parts.ledger, parts.openCharges),
    tenantsAtWork: () => parts.openCharges.tenants(),
    onFault: (what, cause) => parts.telemetry.fault(what, cause, {}),
    metrics: parts.metrics,
    log: parts.log,
    onTopic: parts.onTopic,
  });
}

/** The disk first; where it refuses (a read-only system, a full disk), Redis. */
export const createSpool = (
  env: Env,
  quotaSide: QuotaSide,
  telemetry: GatewayTelemetry,
): SettlementSpool =>
  firstThatTakesIt([
    createFileSpool(path.resolve(env.TALLYGATE_DATA_DIR, 'spool'), (cause) =>
      telemetry.fault('spool_damaged', cause, {}),
    ),
    ...(quotaSide.spool === null ? [] : [quotaSide.spool]),
  ]);
