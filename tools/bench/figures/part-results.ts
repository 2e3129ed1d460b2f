import type { PartName, PartResult } from '../parts/part';
import { type Spread, spreadOf } from './statistics';

/** A part over all rounds. */
export interface PartFigures {
  readonly perSecond: Spread;
  readonly cpuUsEach: Spread;
  readonly tookMs: Spread;
  readonly blockedMs: Spread | null;
}

/** Figures of the parts, by name. */
export class PartResults {
  private readonly rounds = new Map<PartName, PartResult[]>();

  add(part: PartName, result: PartResult): void {
    this.rounds.set(part, [...(this.rounds.get(part) ?? []), result]);
  }

  /** Null where this was not measured. */
  of(part: PartName): PartFigures | null {
    const rounds = this.rounds.get(part);
    if (rounds === undefined) return null;
    const blocked = rounds.flatMap(({ blockedMs }) => (blockedMs === null ? [] : [blockedMs]));
    return {
      perSecond: spreadOf(rounds.map(({ count, tookMs }) => (count / tookMs) * 1_000)),
      cpuUsEach: spreadOf(rounds.map(({ count, cpuUs }) => cpuUs / Math.max(count, 1))),
      tookMs: spreadOf(rounds.map(({ tookMs }) => tookMs)),
      blockedMs: blocked.length === 0 ? null : spreadOf(blocked),
    };
  }
}
