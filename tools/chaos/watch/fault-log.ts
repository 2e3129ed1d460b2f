import type { FaultKind } from '../faults/kinds';
import { isOfPostgres, isOfRedis } from '../faults/kinds';
import type { Step } from '../faults/plan';
import type { Struck } from '../verdict/evidence';

/** What of a fault concerns whom. */
type Filter = (fault: Pick<Struck, 'kind' | 'gateway'>) => boolean;

const isNetwork = (kind: FaultKind): boolean => /cut off|delayed|lost|silent/.test(kind);

/** Redis or the way to it, for any gateway. */
export const ofRedis: Filter = ({ kind }) => isOfRedis(kind);

/** Postgres itself, not somebody's way to it. */
export const ofPostgresItself: Filter = ({ kind }) => isOfPostgres(kind) && !isNetwork(kind);

/** A store, or the way to one, for any gateway. */
export const ofStores: Filter = ({ kind }) => isOfRedis(kind) || isOfPostgres(kind);

/** One gateway's process and its way to Postgres. */
export const ofGateway =
  (gateway: number): Filter =>
  (fault) =>
    fault.gateway === gateway &&
    (fault.kind.startsWith('gateway') || (isNetwork(fault.kind) && isOfPostgres(fault.kind)));

/** All that one gateway needs to answer while Redis is dead. */
export const ofFallback =
  (gateway: number): Filter =>
  (fault) =>
    ofPostgresItself(fault) ||
    fault.kind.startsWith('simulator') ||
    (fault.gateway === gateway && (fault.kind.startsWith('gateway') || isNetwork(fault.kind)));

/** The faults of a burst as they strike and pass: what is whole now, and since when. */
export class FaultLog {
  readonly passed: Struck[] = [];
  private readonly open = new Set<Omit<Struck, 'toMs'>>();

  /** Notes a strike. The returned function notes that all is whole again. */
  strike(
    { kind, gateway, holdMs }: Step,
    openAtGateway: number,
    nowMs = Date.now(),
  ): (nowMs?: number) => void {
    const mendsFromMs = nowMs + holdMs;
    const fault = { kind, gateway, fromMs: nowMs, mendsFromMs, openAtGateway };
    this.open.add(fault);
    return (toMs = Date.now()) => {
      this.open.delete(fault);
      this.passed.push({ ...fault, toMs });
    };
  }

  /** Since when none of these faults is open; null: one is. 0: none ever was. */
  wholeSinceMs(filter: Filter): number | null {
    for (const fault of this.open) if (filter(fault)) return null;
    return Math.max(0, ...this.passed.filter(filter).map(({ toMs }) => toMs));
  }
}
