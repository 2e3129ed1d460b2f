import type { TenantId } from '@/server/domain/ids';
import type {
  AuditInvariant,
  AuditViolation,
  ReadQuotaStore,
  StoreReading,
} from '@/server/domain/ports/audit';
import { differences } from './audit-differences';
import type { Tally } from './audit-tally';
import type { Sql } from './client';
import { nothingPending } from './pending';
import { type QuotaFigures, readFigures } from './quota-figures';

/** Tenants read from both stores at once. */
const CHUNK = 100;
/** A tenant at work looks different in the two stores for a moment; one that differs rests. */
const LOOKS_MAX = 5;
const LOOK_AGAIN_MS = 200;
/** As long as the sweeper and the reconciler may need for an operation whose owner is gone. */
const DROP_GRACE_MS = 90_000;

/** `at work`: the two are at different versions, for good reason while requests are under way. */
type Verdict = 'cold' | 'agrees' | 'at work' | readonly AuditViolation[];

/** The quota store against Postgres, chunk by chunk. Differences must be seen in every look to count. */
export class StoresAudit {
  private cold = 0;
  private atWork = 0;
  private outOfReach = 0;
  private why: string | null = null;

  constructor(
    private readonly sql: Sql,
    private readonly readStore: ReadQuotaStore,
    private readonly tally: Tally,
    private readonly repair: ((tenantId: TenantId) => Promise<void>) | null,
  ) {}

  /** `beforeEach` is called before each look: what it throws ends the comparison. */
  async compare(tenantIds: readonly TenantId[], beforeEach: () => void): Promise<void> {
    for (let at = 0; at < tenantIds.length; at += CHUNK) {
      await this.compareChunk(tenantIds.slice(at, at + CHUNK), beforeEach);
    }
  }

  invariant(): AuditInvariant {
    const { cold, atWork, outOfReach, why } = this;
    const left = `${cold} cold in Redis, ${atWork} at work`;
    if (why === null) return { ...this.tally.invariant(), compared: true, note: left };
    const note = `${why}: ${outOfReach} tenants were not compared; ${left}`;
    return { ...this.tally.invariant(), compared: false, note };
  }

  private async compareChunk(all: readonly TenantId[], beforeEach: () => void): Promise<void> {
    let differing = await this.look(all, beforeEach);
    for (let look = 2; look <= LOOKS_MAX && differing.size > 0; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      differing = await this.look([...differing.keys()], beforeEach);
    }
    if (this.repair !== null) {
      for (const tenantId of unequal(differing)) await this.repair(tenantId);
      if (differing.size > 0) differing = await this.look([...differing.keys()], beforeEach);
    }
    for (const verdict of differing.values()) {
      if (verdict === 'at work') this.atWork += 1;
      else this.count(verdict);
    }
  }

  /** One look at both stores: those that are settled are counted, the others are given back. */
  private async look(
    tenantIds: readonly TenantId[],
    beforeEach: () => void,
  ): Promise<Map<TenantId, 'at work' | readonly AuditViolation[]>> {
    beforeEach();
    const open = new Map<TenantId, 'at work' | readonly AuditViolation[]>();
    const readings = await this.readStore(tenantIds);
    if ('away' in readings) {
      this.why = readings.away;
      this.outOfReach += tenantIds.length;
      return open;
    }
    const warm = new Map<TenantId, StoreReading>();
    for (const [at, tenantId] of tenantIds.entries()) {
      const reading = readings[at];
      if (reading === undefined || isCold(reading)) this.cold += 1;
      else warm.set(tenantId, reading);
    }
    for (const [tenantId, verdict] of await this.judge(warm)) {
      if (verdict === 'cold') this.cold += 1;
      else if (verdict === 'agrees') this.tally.look(1);
      else open.set(tenantId, verdict);
    }
    return open;
  }

  private async judge(
    warm: ReadonlyMap<TenantId, StoreReading>,
  ): Promise<readonly (readonly [TenantId, Verdict])[]> {
    if (warm.size === 0) return [];
    const rows = await readFigures(this.sql, [...warm.keys()]);
    const dead = new Set(
      await nothingPending(
        this.sql,
        [...warm.values()].flatMap(({ operations }) =>
          operations
            .filter(({ leaseLeftMs }) => leaseLeftMs < -DROP_GRACE_MS)
            .map(({ operationId }) => operationId),
        ),
      ),
    );
    return [...warm].map(([tenantId, reading]) => {
      const left = reading.operations.filter(({ operationId }) => dead.has(operationId));
      const row = rows.get(tenantId);
      const forgotten = left.map(({ operationId, leaseLeftMs }) => ({
        tenantId,
        subject: `Redis operation ${operationId}`,
        expected: 'dropped',
        found: `open, its lease ended ${Math.round(-leaseLeftMs / 1000)} s ago`,
      }));
      const verdict = row === undefined ? 'cold' : verdictOn(row, reading);
      if (forgotten.length === 0) return [tenantId, verdict];
      return [tenantId, [...forgotten, ...(typeof verdict === 'string' ? [] : verdict)]];
    });
  }

  private count(violations: readonly AuditViolation[]): void {
    this.tally.look(1);
    for (const violation of violations) this.tally.violate(violation);
  }
}

const isCold = ({ hash, operations }: StoreReading): boolean =>
  Object.keys(hash).length === 0 && operations.length === 0;

/** A hash that is absent is fine: the next request builds it. */
function verdictOn(row: QuotaFigures, { hash, operations }: StoreReading): Verdict {
  if (Object.keys(hash).length === 0) return 'cold';
  const isAtRest = operations.length === 0 && row.pending === 0;
  if (!isAtRest && hash.version !== row.version) return 'at work';
  const found = differences(row, hash, isAtRest);
  return found.length === 0 ? 'agrees' : found;
}

const unequal = (open: ReadonlyMap<TenantId, 'at work' | readonly AuditViolation[]>): TenantId[] =>
  [...open].flatMap(([tenantId, verdict]) => (verdict === 'at work' ? [] : [tenantId]));
