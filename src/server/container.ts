import { hostname } from 'node:os';
import { type Env, readEnv } from '@/env';
import type { ApiContainer } from './api/context';
import { createAttemptLimiter } from './auth/attempt-limiter';
import { startBackground } from './boot/background';
import { startErrands } from './boot/errands';
import { channelToPrimary } from './boot/workers';
import { uuidV7 } from './domain/ids';
import type { Catalogue } from './domain/ports';
import type { AttemptLimiter } from './domain/ports/sign-in';
import { createDoubtfulRows } from './gateway/doubtful-rows';
import { armFailpoint } from './gateway/failpoints';
import { handleRequest } from './gateway/handle-request';
import { type MaintenanceReport, maintain } from './gateway/maintain';
import { createOpenCharges } from './gateway/open-charges';
import { reconcile } from './gateway/reconcile';
import { retryQuarantined } from './gateway/retry-quarantined';
import { Shutdown } from './gateway/shutdown';
import { type TimeBudget, timeBudget } from './gateway/time-budget';
import type { GatewayPorts, GatewayReply, GatewayRequest } from './gateway/types';
import { createIdentityTools } from './identity-tools';
import { oneAtATime } from './one-at-a-time';
import { createOutgoing } from './outgoing';
import { processSlot } from './process-slot';
import { createQuotaSide, createSpool } from './quota-side';
import type { QuotaSide } from './redis-side';
import { hasherUnder, isWellFormedApiKey } from './security/api-key';
import { createSecretBox } from './security/secret-box';
import { checkBudgets } from './services/budgets/check';
import type { ServiceContext } from './services/context';
import { createCatalogueCache } from './stores/cache/catalogue-cache';
import { createKeyCache } from './stores/cache/key-cache';
import { createAccountDirectory } from './stores/postgres/accounts';
import { dropExpiredAnswers } from './stores/postgres/answers';
import { auditLedger } from './stores/postgres/audit';
import { readCatalogue } from './stores/postgres/catalogue';
import { createPostgresClient, type PostgresClient } from './stores/postgres/client';
import { createPostgresKeyDirectory } from './stores/postgres/directory';
import { keepPepper } from './stores/postgres/key-pepper';
import { createPostgresLedger } from './stores/postgres/ledger';
import { countOverspentTenants, readSweepLagMs } from './stores/postgres/ledger-health';
import { createPortalReader } from './stores/postgres/portal-queries';
import { createPostgresQuarantine } from './stores/postgres/quarantine';
import { createReceiptReader } from './stores/postgres/receipts';
import { createUnitOfWork } from './stores/postgres/repositories';
import type { Topic } from './stores/redis/invalidation';
import { createGatewayTelemetry } from './telemetry/create-gateway-telemetry';
import { createDriftGauge } from './telemetry/drift-gauge';
import { createExposition, type Exposition } from './telemetry/exposition';
import { createLedgerGauges } from './telemetry/ledger-gauges';
import { createLogger, type Logger } from './telemetry/logger';
import { createMetrics, type Metrics } from './telemetry/metrics';
import { createOtlpTracing } from './telemetry/otlp-tracing';
import type { Tracing } from './telemetry/tracing';
import { createBoundNames } from './upstream/bound-names';
import { createUpstreamClient } from './upstream/http-client';
import { createRouteOrder } from './upstream/route-order';
import { createTokenMeters } from './upstream/token-meters';

/** What a scheduled round did: the money first, then what leaves the house. */
interface WholeRound extends MaintenanceReport {
  /** Tenants told about their budget. */
  readonly alerts: number;
  /** Attempts to send. */
  readonly mails: number;
  readonly webhooks: number;
}

/** Everything a process is made of. Built once; the only place that constructs. */
export interface Container extends ApiContainer {
  readonly env: Env;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The metrics of all processes of this instance. */
  readonly exposition: Exposition;
  readonly postgres: PostgresClient;
  readonly attempts: AttemptLimiter;
  readonly catalogue: Catalogue;
  readonly quotaSide: QuotaSide;
  /** Requests that are not settled yet, bodies included. */
  readonly inFlight: number;
  handle(request: GatewayRequest): Promise<GatewayReply>;
  /** Resolves once what replies that have left have set going is over. */
  trailed(): Promise<void>;
  /** One round of the background work, for where no process lives on. */
  maintain(): Promise<WholeRound>;
  isDraining(): boolean;
  /** From now on it is not ready, so that proxies take it out; it serves on as before. */
  announceDrain(): void;
  /** Waits for open requests, then ends what is left, settles it, and closes every connection. */
  drain(drainMs: number): Promise<void>;
}

/** Builds a container from an environment. Throws when Postgres does not answer. */
export async function createContainer(env: Env): Promise<Container> {
  const log = createLogger(env.LOG_LEVEL);
  if (env.TALLYGATE_FAILPOINT !== undefined) {
    armFailpoint(env.TALLYGATE_FAILPOINT);
    log.warn({ failpoint: env.TALLYGATE_FAILPOINT }, 'this process will die on purpose');
  }
  const metrics = createMetrics();
  const postgres = createPostgresClient(env.DATABASE_URL);
  const { sql, db } = postgres;
  const secretBox = createSecretBox(env.ENCRYPTION_KEY, env.ENCRYPTION_KEY_PREVIOUS);
  const hashKey = hasherUnder(await keepPepper(sql, secretBox, env.ENCRYPTION_KEY));
  const ledger = createPostgresLedger(sql);
  const keys = createKeyCache(createPostgresKeyDirectory(sql), Date.now);
  const catalogue = createCatalogueCache(() => readCatalogue(sql, secretBox), Date.now);
  const onTopic = (topic: Topic) => (topic === 'keys' ? keys.clear() : catalogue.clear());
  const openCharges = createOpenCharges();
  const telemetry = createGatewayTelemetry(metrics, log);
  const parts = { postgres, ledger, metrics, log, onTopic, openCharges, telemetry };
  const quotaSide = await createQuotaSide(env, parts);
  const upstreams = createUpstreamClient();
  const shutdown = new Shutdown();
  const unitOfWork = createUnitOfWork(db);
  const ports: GatewayPorts = {
    keys,
    catalogue,
    quota: quotaSide.quota,
    standings: quotaSide.quota,
    ledger,
    receipts: createReceiptReader(unitOfWork),
    spool: createSpool(env, quotaSide, telemetry),
    quarantine: createPostgresQuarantine(sql),
    answers: quotaSide.answers,
    upstreams,
    routes: createRouteOrder(Date.now, Math.random),
    boundNames: createBoundNames(),
    tokens: createTokenMeters(),
    hashKey,
    isWellFormedKey: isWellFormedApiKey,
    telemetry,
    tracing: await createTracing(env, (cause) => telemetry.fault('trace_export', cause, {})),
    openCharges,
    doubtfulRows: createDoubtfulRows(),
    owner: `${hostname()}/${process.pid}/${uuidV7()}`,
    shutdown,
  };
  const { keeper, quota } = quotaSide;
  const showDrift = createDriftGauge(metrics.quotaRedisDbDiff);
  const runReconcile = async (budget?: TimeBudget) =>
    keeper === null
      ? { dropped: 0, tenants: 0, drifted: 0, left: 0 }
      : await showDrift((onDrift) => reconcile({ ledger, quota, keeper, onDrift }, budget));
  const outgoing = createOutgoing(env, {
    sql,
    secretBox,
    onLetterLost: (fault) => telemetry.fault('mail', new Error(fault), {}),
  });
  const runBudgetCheck = () =>
    checkBudgets(serviceContext({ kind: 'system' }, null), (cause, tenantId) =>
      telemetry.fault('budgets', cause, { tenantId }),
    );
  const background = startBackground({
    ports,
    runReconcile: () => runReconcile(),
    payOwed: () => quotaSide.payOwed(),
    gauge: createLedgerGauges(metrics, {
      spoolWaiting: () => ports.spool.waiting(),
      quarantineWaiting: () => ports.quarantine.waiting(),
      sweepLagMs: () => readSweepLagMs(sql),
      overspentTenants: () => countOverspentTenants(sql),
    }),
    dropExpiredAnswers: () => dropExpiredAnswers(sql),
  });
  const errands = startErrands({
    outgoing,
    checkBudgets: runBudgetCheck,
    onFault: (name, cause) => telemetry.fault(name, cause, {}),
  });
  const runAudit = oneAtATime(() =>
    auditLedger(sql, quotaSide.readStore, { deadlineMs: AUDIT_DEADLINE_MS }),
  );
  const attempts = createAttemptLimiter();
  const identity = createIdentityTools(env, attempts, (plain) => secretBox.seal(plain));
  const serviceContext: Container['serviceContext'] = (
    actor,
    address,
    browser = { signedIn: null, language: 'en' },
  ): ServiceContext => ({
    ...browser,
    actor,
    address,
    identity,
    unitOfWork,
    feed: {
      quotaChanged: async (quota, keyQuotas) => {
        const change = { tenantId: quota.tenantId, quota, keyQuotas, operations: [] };
        await quotaSide.quota
          .fold(change)
          .catch((cause: unknown) => telemetry.fault('fold', cause, { tenantId: quota.tenantId }));
      },
      keysChanged: () => quotaSide.publish('keys'),
      catalogueChanged: () => quotaSide.publish('catalogue'),
    },
    hashKey,
    secretBox,
    webhookPrivateHosts: env.WEBHOOK_PRIVATE_HOSTS,
    runAudit,
    runReconcile: () => runReconcile(),
    quarantine: ports.quarantine,
    retryQuarantined: (operationId) => retryQuarantined(ports, operationId),
  });
  const lookAtLoad = () => {
    metrics.inFlight.set(shutdown.underWay);
    for (const { pool, busy, waiting } of postgres.loads()) {
      metrics.postgresBusy.set({ pool }, busy);
      metrics.postgresWaiting.set({ pool }, waiting);
    }
  };
  let isDraining = false;
  let drained: Promise<void> | null = null;
  const drain = async (drainMs: number) => {
    isDraining = true;
    await untilNone(() => shutdown.underWay, drainMs);
    shutdown.begin();
    await untilNone(() => openCharges.size, SETTLE_GRACE_MS);
    await Promise.all([background.stop(), errands.stop()]);
    await shutdown.trailed();
    const stores = [upstreams.close(), quotaSide.close(), postgres.close()];
    await Promise.allSettled([...stores, ports.tracing?.close()]);
  };
  return {
    env,
    log,
    metrics,
    exposition: createExposition(metrics, lookAtLoad, channelToPrimary()),
    postgres,
    catalogue,
    quotaSide,
    accounts: createAccountDirectory(db),
    attempts,
    portal: createPortalReader(db),
    standings: quotaSide.quota,
    serviceContext,
    get inFlight() {
      return openCharges.size;
    },
    handle: (request) => handleRequest(ports, request),
    trailed: () => shutdown.trailed(),
    maintain: async () => {
      const budget = timeBudget(MAINTAIN_MS);
      await quotaSide.payOwed();
      const report = await maintain(ports, runReconcile, budget);
      await dropExpiredAnswers(sql);
      await outgoing.tidy();
      const isUp = () => budget.isUp();
      const alerts = await runBudgetCheck();
      const mails = await outgoing.deliver('email', isUp);
      return { ...report, alerts, mails, webhooks: await outgoing.deliver('webhook', isUp) };
    },
    isDraining: () => isDraining,
    announceDrain: () => {
      isDraining = true;
    },
    drain: (drainMs) => {
      drained ??= drain(drainMs);
      return drained;
    },
  };
}

/** How long whoever asks for an audit waits for it; npm run audit takes what it needs. */
const AUDIT_DEADLINE_MS = 20_000;
/** How long a scheduled round may begin anything new: Vercel ends it after a minute. */
const MAINTAIN_MS = 20_000;
/** What a stream that is cut may still need to settle. */
const SETTLE_GRACE_MS = 5_000;

async function untilNone(count: () => number, patienceMs: number): Promise<void> {
  const until = Date.now() + patienceMs;
  while (count() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Undefined, and nothing of it loaded, unless a collector is named. */
const createTracing = async (
  env: Env,
  onFault: (cause: unknown) => void,
): Promise<Tracing | undefined> =>
  env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined
    ? undefined
    : await createOtlpTracing({
        endpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT,
        serviceName: env.OTEL_SERVICE_NAME,
        instanceId: `${hostname()}/${process.pid}`,
        sampler: env.OTEL_TRACES_SAMPLER,
        ratio: env.OTEL_TRACES_SAMPLER_ARG,
        onFault,
      });

const slot = processSlot(
  'container',
  (value): value is Promise<Container> => value instanceof Promise,
);

/** The process's container, built when first asked for. */
export function getContainer(): Promise<Container> {
  const built = slot.get();
  if (built !== undefined) return built;
  const container = createContainer(readEnv());
  slot.set(container);
  // One that Postgres did not answer is no container; whoever asks next tries again.
  container.catch(() => slot.clear());
  return container;
}
