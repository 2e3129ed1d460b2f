import type { SeedResult } from '../run-seed';

type Counts = Readonly<Record<string, number>>;
interface Sums {
  readonly seeds: number;
  readonly steps: number;
  readonly faults: Counts;
  readonly reached: Counts;
}

/** Sums over seeds: how many, their steps, and in how many of them each fault and situation was. */
export class Tally {
  seeds: number;
  steps: number;
  private readonly faults: Map<string, number>;
  private readonly reached: Map<string, number>;

  constructor({ seeds, steps, faults, reached }: Sums = NONE) {
    this.seeds = seeds;
    this.steps = steps;
    this.faults = new Map(Object.entries(faults));
    this.reached = new Map(Object.entries(reached));
  }

  add({ steps, faults, reached }: Pick<SeedResult, 'steps' | 'faults' | 'reached'>): void {
    this.seeds += 1;
    this.steps += steps;
    for (const kind of faults) this.faults.set(kind, this.seedsWith(kind) + 1);
    for (const what of reached) this.reached.set(what, this.seedsThatReached(what) + 1);
  }

  seedsWith(fault: string): number {
    return this.faults.get(fault) ?? 0;
  }

  seedsThatReached(situation: string): number {
    return this.reached.get(situation) ?? 0;
  }

  toJSON(): Sums {
    const { seeds, steps, faults, reached } = this;
    const [byFault, bySituation] = [faults, reached].map((counts) => Object.fromEntries(counts));
    return { seeds, steps, faults: byFault ?? {}, reached: bySituation ?? {} };
  }
}

const NONE: Sums = { seeds: 0, steps: 0, faults: {}, reached: {} };
