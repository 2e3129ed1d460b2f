import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world';

/** How long after an outage replies may still be other than usual: reconnecting, leases, replays. */
const AFTERMATH_MS = 35_000;

interface Outage {
  readonly store: keyof World['networks'];
  /** After this share of the requests. */
  readonly at: number;
}

/** Postgres in the middle, and Redis too. */
const PLAN: readonly Outage[] = [
  { store: 'postgres', at: 0.45 },
  { store: 'redis', at: 0.65 },
];

/** Takes the stores away, each once, while the load goes on. */
export class Outages {
  private readonly plan: Outage[];
  private underWay: Promise<void> = Promise.resolve();
  private troubledUntilMs = 0;

  constructor(
    private readonly world: World,
    private readonly forMs: number,
    private readonly say: (line: string) => void,
  ) {
    this.plan = forMs === 0 ? [] : [...PLAN];
  }

  readonly isTroubled = (): boolean => Date.now() < this.troubledUntilMs;

  /** So much of the load is over. */
  at(share: number): void {
    const next = this.plan[0];
    if (next === undefined || share < next.at) return;
    this.plan.shift();
    this.underWay = this.underWay.then(() => this.strike(next));
  }

  /** Resolves once nothing is away. */
  async over(): Promise<void> {
    await this.underWay;
  }

  private async strike({ store }: Outage): Promise<void> {
    this.troubledUntilMs = Number.POSITIVE_INFINITY;
    this.say(`${store} is away for ${this.forMs / 1_000} s`);
    this.world.networks[store].cut();
    await sleep(this.forMs);
    this.world.networks[store].mend();
    this.troubledUntilMs = Date.now() + AFTERMATH_MS;
  }
}
