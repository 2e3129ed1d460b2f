import { isTallygateError } from '@/server/domain/errors';
import type { TenantId } from '@/server/domain/ids';
import { isLedgerUnavailable } from '@/server/domain/unavailable';
import { quotaKey } from '@/server/stores/redis/keys';
import type { ChargeRow } from '../postgres-model/database';
import type { ClientExchange } from '../world/exchange';
import { isForgetful, isStrict, mayHideSpool, mayLoseSpool } from '../world/faults';
import type { Stage } from '../world/stage';
import { chain } from '../world/telemetry';
import type { Watch } from '../world/watch';
import { wrongDeliveries } from './deliveries';
import { wrongInLedger } from './ledger';
import { overspent } from './limits';
import { wrongSum } from './redis-sums';

/** The invariants, watched while a seed runs. */
export class Checks implements Watch {
  private readonly seen = new Map<TenantId, number>();
  private readonly strict: boolean;
  private readonly purchases = new Map<string, number>();
  private readonly astray = new Set<TenantId>();
  private readonly delivered = new Map<string, ClientExchange>();

  constructor(private readonly stage: Stage) {
    this.strict = isStrict(stage.faults);
  }

  /** A: what is bought is bought for the attempt that holds the trace, and once. */
  onPurchase(exchange: ClientExchange): void {
    const { admitted, ask } = exchange;
    if (admitted === null) {
      this.stage.violate('A', `${exchange.name} buys without being admitted`);
      return;
    }
    const bought = (this.purchases.get(admitted.owner) ?? 0) + 1;
    this.purchases.set(admitted.owner, bought);
    if (bought > 1) this.stage.violate('A', `${exchange.name} buys ${bought} times`);
    if (ask.traceId === null) return;
    const row = this.stage.postgres.db.chargeOf(ask.tenantId, ask.traceId);
    const isOwn = row?.charge.owner === admitted.owner && row.charge.attempt === admitted.attempt;
    if (row?.status !== 'PENDING' || !isOwn) {
      const state = row === null ? 'no row' : `${row.status}, attempt ${row.charge.attempt}`;
      this.stage.violate('A', `${exchange.name} buys for a trace that is not its own (${state})`);
    }
  }

  /** C, inside Redis: what is available is the base less the open operations, at any moment. */
  onRedisWrite(tenantId: TenantId): void {
    const wrong = wrongSum(this.stage.redis.memory.keys, tenantId);
    // An older state that comes back may be of a time when it was astray.
    if (wrong === null && !this.stage.faults.has('redis-rollback')) this.astray.delete(tenantId);
    if (wrong !== null && !this.astray.has(tenantId))
      this.stage.violate('C', `${tenantId} in Redis: ${wrong}`);
  }

  /** E: what was known of the ledger when a process began to trust Redis is known to Redis too. */
  onAdmitted(tenantId: TenantId, versionAtTrust: number): void {
    if (isForgetful(this.stage.faults)) return;
    const version = Number(this.stage.redis.memory.keys.hget(quotaKey(tenantId), 'version'));
    if (version >= versionAtTrust) return;
    const what = `${tenantId} is admitted on version ${version}, ${versionAtTrust} was known`;
    this.stage.violate('E', what);
  }

  /** Its hash is wrong from here on, until the reconciler has seen it. */
  onOperationsLost(tenantId: TenantId): void {
    this.astray.add(tenantId);
  }

  onDrift(tenantId: TenantId, difference: bigint): void {
    if (difference === 0n || this.stage.faults.has('redis-lose-operations')) return;
    this.stage.violate('C', `${tenantId} drifted by ${difference} at one version`);
  }

  onFault(name: string, what: string, cause: unknown): void {
    if (isExpected(what, cause)) return;
    this.stage.violate('faults', `${name}: ${what}: ${chain(cause)}`);
  }

  /** F: a tenant's text reaches nobody else. */
  onChunk(exchange: ClientExchange): void {
    for (const { tag } of this.stage.tenants) {
      if (tag !== exchange.ask.tag && exchange.text.includes(tag)) {
        this.stage.violate('F', `${exchange.name} was told ${tag}`);
      }
    }
    if (exchange.isComplete && exchange.ask.isStream) this.onWhole(exchange);
  }

  /** The whole of what a client gets has been handed to its connection. */
  onDelivered(exchange: ClientExchange): void {
    if (exchange.code === 'internal_error') {
      this.stage.violate('faults', `${exchange.name} was told of an internal error`);
    }
    if (exchange.ask.isStream && exchange.status === 200 && !exchange.isReplay) return;
    this.onChunk(exchange);
    if (exchange.isComplete) this.onWhole(exchange);
  }

  /** D: a whole answer has left; its charge is durable by now, and nobody else got one. */
  private onWhole(exchange: ClientExchange): void {
    const name = `${exchange.ask.tenantId}/${exchange.traceId}`;
    if (exchange.isReplay) return;
    const earlier = this.delivered.get(name);
    if (earlier !== undefined && earlier !== exchange && !this.isLostToSight(earlier)) {
      this.stage.violate('A', `${exchange.name} and ${earlier.name} both got a whole answer`);
    }
    this.delivered.set(name, exchange);
    if (!this.isDurable(exchange)) {
      this.stage.violate('D', `${exchange.name} got a whole answer, and nothing durable says so`);
    }
  }

  /**
   * Its charge waits on a spool that was out of reach for a lease, or was lost with the Redis that
   * took it for a full disk, and the trace was opened again since. It is reported as given away
   * once its spool is back; at rest it has to be, unless nothing can report it any more.
   */
  private isLostToSight(exchange: ClientExchange): boolean {
    const attempt = this.rowOf(exchange)?.charge.attempt ?? 0;
    const isReopened = attempt > (exchange.admitted?.attempt ?? 0);
    const { faults } = this.stage;
    const isReported = this.stage.givenAway.has(exchange.admitted?.owner ?? '');
    const isOutOfReach = mayHideSpool(faults) && (isReported || this.isSpooled(exchange));
    return isReopened && (isOutOfReach || mayLoseSpool(faults));
  }

  private isSpooled({ admitted }: ClientExchange): boolean {
    const named = `"owner":${JSON.stringify(admitted?.owner ?? '')}`;
    const disks = this.stage.disks.flatMap((disk) => [...disk.files.values()].flat());
    const spooled = [...disks, ...this.stage.redis.memory.spool.values()];
    return spooled.some((record) => record.includes(named));
  }

  private isDurable(exchange: ClientExchange): boolean {
    const owner = exchange.admitted?.owner ?? '';
    const { db } = this.stage.postgres;
    const row = this.rowOf(exchange);
    if (row !== null && row.status === 'COMMITTED' && row.charge.owner === owner) {
      return exchange.cost === null || exchange.cost === row.amountNano;
    }
    // Where no disk took it, a Redis that loses acknowledged writes takes it along.
    if (this.isSpooled(exchange) || mayLoseSpool(this.stage.faults)) return true;
    for (const held of db.quarantine.values()) {
      if (held.settlement.charge.owner === owner) return true;
    }
    return false;
  }

  rowOf(exchange: ClientExchange): ChargeRow | null {
    const { traceId, ask } = exchange;
    return traceId === null ? null : this.stage.postgres.db.chargeOf(ask.tenantId, traceId);
  }

  /** What must hold in every state of the ledger; looked at where a tenant's row has moved. */
  afterStep(): void {
    const { db } = this.stage.postgres;
    for (const plan of this.stage.tenants) {
      const { version } = db.quota(plan.id);
      if (this.seen.get(plan.id) === version) continue;
      this.seen.set(plan.id, version);
      for (const wrong of wrongInLedger(db, plan.id)) {
        this.stage.violate('B', `${plan.id}: ${wrong}`);
      }
      if (!this.strict) continue;
      const mayBeHidden = mayHideSpool(this.stage.faults);
      for (const wrong of overspent(db, plan, mayBeHidden)) {
        this.stage.violate('E', `${plan.id}: ${wrong}`);
      }
    }
  }

  /** What can only be judged once everything has come to rest. */
  atRest(): void {
    for (const wrong of wrongDeliveries(this.stage, this)) this.stage.violate('D', wrong);
  }
}

/** Outages are reported and expected; anything else that the money path reports is a fault of ours. */
function isExpected(what: string, cause: unknown): boolean {
  if (isLedgerUnavailable(cause) || isTallygateError(cause) || what === 'spool') return true;
  if (what === 'billing_unavailable' || what === 'store_answer') return true;
  return cause instanceof Error && cause.name === 'RedisUnavailable';
}
