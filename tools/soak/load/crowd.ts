import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Asks, Outcome } from './asks';
import { send } from './client';

/** Whoever is refused in an outage asks again, but not at once. */
const BACK_OFF_MS = 100;

/** What came of the requests. */
export interface Tally {
  /** How often each kind of request ended how, `plain: whole`. */
  readonly outcomes: Map<string, number>;
  /** The same of those that should not have ended so, with no store away. */
  readonly unexpected: Map<string, number>;
}

/** Clients that ask one thing after another, as fast as they are answered. */
export class Crowd {
  readonly tally: Tally = { outcomes: new Map(), unexpected: new Map() };
  /** Requests that have ended. */
  done = 0;
  private readonly pool: Pool;
  private begun = 0;

  constructor(
    private readonly port: number,
    private readonly users: number,
    private readonly asks: Asks,
    /** Whether a store is, or was just now, away: then any outcome may come. */
    private readonly isTroubled: () => boolean,
  ) {
    this.pool = new Pool(`http://127.0.0.1:${port}`, { connections: users });
  }

  /**
   * Goes on until so many have been asked since the beginning, or the time is over, and all of them
   * have ended.
   */
  async runTo(total: number, untilMs: number, onDone: (done: number) => void): Promise<void> {
    const use = async () => {
      while (this.begun < total && Date.now() < untilMs) {
        this.begun += 1;
        await this.askOne();
        this.done += 1;
        onDone(this.done);
      }
    };
    await Promise.all(Array.from({ length: this.users }, use));
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async askOne(): Promise<void> {
    const ask = this.asks.next();
    const wasTroubled = this.isTroubled();
    const outcome = await send(this.pool, this.port, ask);
    const name = `${ask.kind}: ${outcome}`;
    count(this.tally.outcomes, name);
    if (ask.expected.includes(outcome)) return;
    if (!wasTroubled && !this.isTroubled()) count(this.tally.unexpected, name);
    if (outcome === '503') await sleep(BACK_OFF_MS);
  }
}

const count = (counts: Map<string, number>, name: string): void =>
  void counts.set(name, (counts.get(name) ?? 0) + 1);

/** How many ended so, of every kind. */
export function countOf({ outcomes }: Tally, outcome: Outcome): number {
  let sum = 0;
  for (const [name, times] of outcomes) if (name.endsWith(`: ${outcome}`)) sum += times;
  return sum;
}
