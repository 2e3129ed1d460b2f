import { type Component, type FaultKind, killsOf } from '../faults/kinds';
import type { Evidence, Struck } from '../verdict/evidence';
import { houseLosses } from '../verdict/losses';

/** The figures of a whole run, added up over its bursts. */
export class Tally {
  readonly kills = new Map<Component, number>();
  readonly faults = new Map<FaultKind, number>();
  readonly refused = new Map<string, number>();
  requests = 0;
  complete = 0;
  replayed = 0;
  broken = 0;
  charged = 0;
  voided = 0;
  lossTokens = 0;
  lossTokensMax = 0;
  purchases = 0;
  loadMs = 0;
  longestRestMs = 0;
  bursts = 0;
  readonly violations: string[] = [];

  /** Adds what one burst has shown. */
  add(evidence: Evidence, burstMs: number, restMs: number): void {
    const { seen, rows, purchases, struck } = evidence;
    const losses = houseLosses(evidence);
    this.bursts += 1;
    this.requests += seen.length;
    this.complete += seen.filter(({ what }) => what === 'complete').length;
    this.replayed += seen.filter(({ what }) => what === 'replayed').length;
    this.broken += seen.filter(({ what }) => what === 'part' || what === 'nothing').length;
    this.charged += rows.filter(({ status }) => status === 'COMMITTED').length;
    this.voided += rows.filter(({ status }) => status === 'VOIDED').length;
    this.purchases += purchases.length;
    this.lossTokens += losses.tokens;
    this.lossTokensMax += losses.tokensMax;
    this.loadMs += burstMs;
    this.longestRestMs = Math.max(this.longestRestMs, restMs);
    for (const one of seen) {
      if (one.what === 'refused') count(this.refused, `${one.status} ${one.code}`);
    }
    this.addFaults(struck);
  }

  private addFaults(struck: readonly Struck[]): void {
    for (const { kind } of struck) {
      count(this.faults, kind);
      for (const component of killsOf(kind)) count(this.kills, component);
    }
  }

  /** kill −9 of gateways, Redis and Postgres. */
  get killsOfThree(): number {
    const of = (component: Component) => this.kills.get(component) ?? 0;
    return of('gateway') + of('Redis') + of('Postgres');
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
