import { startBackground } from '@/server/boot/background';
import type { Background } from '@/server/boot/every';
import type { TenantId } from '@/server/domain/ids';
import { createDoubtfulRows } from '@/server/gateway/doubtful-rows';
import { handleRequest } from '@/server/gateway/handle-request';
import { createOpenCharges } from '@/server/gateway/open-charges';
import { readWithOwnHolds } from '@/server/gateway/read-with-own-holds';
import { reconcile } from '@/server/gateway/reconcile';
import { retryQuarantined } from '@/server/gateway/retry-quarantined';
import { Shutdown } from '@/server/gateway/shutdown';
import type { GatewayPorts } from '@/server/gateway/types';
import { createCatalogueCache } from '@/server/stores/cache/catalogue-cache';
import { createKeyCache } from '@/server/stores/cache/key-cache';
import { createFailoverAnswerStore } from '@/server/stores/failover/answers';
import { type Breaker, createBreaker } from '@/server/stores/failover/breaker';
import { createFailoverQuotaStore } from '@/server/stores/failover/quota-store';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import type { ScriptName } from '@/server/stores/redis/scripts';
import { firstThatTakesIt } from '@/server/stores/spool/first-that-takes-it';
import { createBoundNames } from '@/server/upstream/bound-names';
import { createRouteOrder } from '@/server/upstream/route-order';
import type { Disk } from './disk';
import { diskSpool } from './disk-spool';
import type { ClientExchange } from './exchange';
import { observeOwed } from './observed-owed';
import { type PostgresPorts, postgresPorts } from './postgres-ports';
import type { PostgresServer } from './postgres-server';
import { redisPorts } from './redis-ports';
import type { RedisServer } from './redis-server';
import { Process } from './scheduler';
import { serve } from './serve';
import type { Stage } from './stage';
import { telemetryOf } from './telemetry';
import { tildeMeters } from './tokens';
import type { Upstreams } from './upstream';
import { Wire } from './wire';

const PROBE_EVERY_MS = 500;
/** How long a draining process waits for its streams before it cuts them, and then for them to settle. */
const DRAIN_MS = 8_000;
const SETTLE_GRACE_MS = 5_000;

/** One gateway process: the real money path, over connections to the simulated stores. */
export class Instance {
  readonly process: Process;
  readonly redis: Wire<RedisServer>;
  readonly postgres: Wire<PostgresServer>;
  readonly exchanges = new Set<ClientExchange>();
  isDraining = false;
  private readonly shutdown = new Shutdown();
  private parts: Parts | null = null;

  constructor(
    private readonly stage: Stage,
    private readonly upstreams: Upstreams,
    readonly name: string,
    readonly disk: Disk,
  ) {
    this.process = new Process(name, stage.skew());
    const { weather } = stage;
    this.redis = new Wire(stage, this.process, stage.redis, REDIS_TRAITS, () => weather.redis());
    this.postgres = new Wire(stage, this.process, stage.postgres, POSTGRES_TRAITS, () =>
      weather.postgres(),
    );
    this.redis.isConnected = stage.redis.isUp;
    this.postgres.isConnected = stage.postgres.isUp;
  }

  /** Requests that are not settled yet. */
  get openCharges(): number {
    return this.parts?.ports.openCharges.size ?? 0;
  }

  get breakerEpoch(): number {
    return this.parts?.breaker.epoch ?? 0;
  }

  get isOnRedis(): boolean {
    return this.parts?.breaker.isClosed ?? false;
  }

  /** Runs in the process's own time. */
  start(): void {
    this.parts = build(this.stage, this, this.shutdown);
  }

  serve(exchange: ClientExchange): void {
    if (this.parts === null) return;
    const { ports } = this.parts;
    this.exchanges.add(exchange);
    const own: GatewayPorts = {
      ...ports,
      upstreams: { call: (call) => this.upstreams.call(this.process, exchange, call) },
      quota: {
        ...ports.quota,
        admit: async (admission) => {
          const reply = await ports.quota.admit(admission);
          if (reply.kind === 'admitted') {
            exchange.admitted = { attempt: admission.attempt, owner: admission.owner };
          }
          return reply;
        },
      },
    };
    void serve(this.stage, this.process, exchange, (request) =>
      handleRequest(own, request),
    ).finally(() => this.exchanges.delete(exchange));
  }

  /** The connection to Redis breaks; the process notices. */
  loseRedis(): void {
    this.redis.cut();
    this.stage.scheduler.after(0, this.process, () => this.parts?.breaker.trip('disconnected'));
  }

  /** Redis is there again. */
  reconnectRedis(): void {
    this.redis.isConnected = this.stage.redis.isUp;
  }

  reconnectPostgres(): void {
    this.postgres.isConnected = this.stage.postgres.isUp;
  }

  /** SIGTERM: waits for its requests, cuts what is left, and goes. */
  drain(onGone: () => void): void {
    this.isDraining = true;
    const untilNone = (patienceMs: number, then: () => void): void => {
      const until = this.stage.scheduler.nowMs + patienceMs;
      const look = (): void => {
        if (this.openCharges === 0 || this.stage.scheduler.nowMs >= until) then();
        else this.stage.scheduler.after(50, this.process, look);
      };
      look();
    };
    untilNone(DRAIN_MS, () => {
      this.shutdown.begin();
      untilNone(SETTLE_GRACE_MS, () => {
        void this.parts?.background.stop().finally(onGone);
      });
    });
  }

  /** An operator settles what was refused, once its row is mended. */
  async retryQuarantined(): Promise<void> {
    if (this.parts === null) return;
    const { ports } = this.parts;
    for (const held of await ports.quarantine.list(100)) {
      await retryQuarantined(ports, held.operationId);
    }
  }

  /** A change by an operator, and the news of it to the quota store, as the services tell it. */
  async change(work: (postgres: PostgresPorts, quota: GatewayPorts['quota']) => Promise<void>) {
    if (this.parts === null) return;
    await work(this.parts.postgres, this.parts.ports.quota).catch((error: unknown) =>
      this.stage.journal.say(() => `${this.name}: a change failed: ${String(error)}`),
    );
  }
}

const REDIS_TRAITS = {
  patienceMs: 800,
  closed: () => new Error('Connection is closed.'),
  silent: () => new Error('Command timed out'),
};

const POSTGRES_TRAITS = {
  patienceMs: null,
  closed: () => Object.assign(new Error('write CONNECTION_CLOSED'), { code: 'CONNECTION_CLOSED' }),
  silent: () => new Error('never'),
};

interface Parts {
  readonly ports: GatewayPorts;
  readonly postgres: PostgresPorts;
  readonly breaker: Breaker;
  readonly background: Background;
}

/** What `container.ts` does, with simulated stores below. */
function build(stage: Stage, instance: Instance, shutdown: Shutdown): Parts {
  const { process } = instance;
  const postgres = postgresPorts(instance.postgres, stage);
  const trusted = new Map<TenantId, number>();
  const trust = (): void => {
    for (const { id } of stage.tenants) trusted.set(id, stage.postgres.db.quota(id).version);
  };
  trust();
  const onSend = (tenantId: TenantId, script: ScriptName) => {
    const versionAtTrust = trusted.get(tenantId) ?? 0;
    return ([, code]: readonly string[]): void => {
      stage.watch.onRedisWrite(tenantId);
      stage.reachNamed(`script: ${script} ${code}`);
      if (script !== 'quota_hold' || code !== 'ADMITTED') return;
      stage.watch.onAdmitted(tenantId, versionAtTrust);
    };
  };
  const redis = redisPorts(instance.redis, onSend, stage);
  const openCharges = createOpenCharges();
  const telemetry = telemetryOf(stage, instance.name);
  const readSnapshot = readWithOwnHolds(postgres.ledger, openCharges);
  const redisQuota = createRedisQuotaStore(redis.scripts, readSnapshot);
  const breaker = createBreaker({
    probe: async () => {
      if (!instance.redis.isConnected) throw new Error('not connected');
      await redis.ping();
    },
    probeEveryMs: PROBE_EVERY_MS,
    onChange(isClosed, reason) {
      stage.journal.say(
        () => `${instance.name}: Redis ${isClosed ? 'is used again' : `is left alone: ${reason}`}`,
      );
      if (!isClosed) return;
      trust();
      void quota
        .payOwed()
        .then(() => quota.recover(openCharges.tenants()))
        .catch((cause: unknown) => telemetry.fault('recover', cause, {}));
    },
  });
  const owed = observeOwed(stage, () => breaker.isClosed);
  const failover = createFailoverQuotaStore(owed.below(redisQuota), postgres.quota, breaker);
  const quota = owed.above(failover);
  if (!instance.redis.isConnected) breaker.trip('disconnected');
  const ports: GatewayPorts = {
    keys: createKeyCache(postgres.keys, Date.now),
    catalogue: createCatalogueCache(postgres.readCatalogue, Date.now),
    quota,
    standings: quota,
    ledger: postgres.ledger,
    receipts: { find: () => Promise.reject(new Error('nobody asks for receipts')) },
    spool: firstThatTakesIt([diskSpool(stage, process, instance.disk), redis.spool]),
    quarantine: postgres.quarantine,
    answers: createFailoverAnswerStore(redis.answers, postgres.answers, breaker),
    upstreams: { call: () => Promise.reject(new Error('every request has its own')) },
    routes: createRouteOrder(Date.now, () => stage.dice.next()),
    boundNames: createBoundNames(),
    tokens: tildeMeters,
    hashKey: (key) => Buffer.from(key),
    isWellFormedKey: () => true,
    telemetry,
    openCharges,
    doubtfulRows: createDoubtfulRows(),
    owner: instance.name,
    shutdown,
  };
  const keeper = redis.keeper(redisQuota);
  const background = startBackground({
    ports,
    runReconcile: () =>
      reconcile({
        ledger: postgres.ledger,
        quota,
        keeper,
        onDrift: (tenantId, difference) => stage.watch.onDrift(tenantId, difference ?? 0n),
      }),
    payOwed: () => quota.payOwed(),
    gauge: async () => undefined,
    dropExpiredAnswers: async () => 0,
  });
  return { ports, postgres, breaker, background };
}
