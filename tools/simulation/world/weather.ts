import type { Fate } from './fate';
import type { FaultKind, FaultSet } from './faults';
import type { Dice } from './random';

/** Decides what becomes of each message, by the faults of the seed. */
export class Weather {
  /** Every loss and delay is over. */
  isFair = false;
  private readonly strength: number;

  constructor(
    private readonly dice: Dice,
    private readonly faults: FaultSet,
    private readonly onFault: (kind: FaultKind) => void,
  ) {
    this.strength = dice.pick([0.3, 1, 1, 2.5]);
  }

  redis(): Fate {
    const { dice } = this;
    const fate = this.fair(0.05, 1.5);
    if (this.isFair) return fate;
    return {
      ...fate,
      requestMs:
        fate.requestMs + this.extra('redis-slow', 20, 350) + this.late('redis-late', 700, 125_000),
      replyMs: fate.replyMs + this.extra('redis-slow', 20, 350),
      isRequestLost: this.happens('redis-lost', 0.03),
      isReplyLost: this.happens('redis-lost', 0.04),
      echoMs: this.happens('redis-twice', 0.08) ? fate.requestMs + dice.skewed(0.5, 110_000) : null,
    };
  }

  postgres(): Fate {
    const { dice } = this;
    const fate = this.fair(0.2, 3);
    if (this.isFair) return fate;
    return {
      ...fate,
      requestMs:
        fate.requestMs +
        this.extra('postgres-slow', 50, 2_500) +
        this.late('postgres-late', 4_000, 25_000),
      replyMs: fate.replyMs + this.extra('postgres-slow', 50, 2_000),
      isRequestLost: this.happens('postgres-lost', 0.03),
      isReplyLost: this.happens('postgres-lost', 0.05),
      resetMs: dice.chance(0.5) ? dice.skewed(1, 3_000) : null,
    };
  }

  private fair(min: number, max: number): Fate {
    const { dice } = this;
    return {
      requestMs: dice.skewed(min, max),
      isRequestLost: false,
      replyMs: dice.skewed(min, max),
      isReplyLost: false,
      echoMs: null,
      resetMs: null,
    };
  }

  private happens(kind: FaultKind, probability: number): boolean {
    const happens = this.faults.has(kind) && this.dice.chance(probability * this.strength);
    if (happens) this.onFault(kind);
    return happens;
  }

  private extra(kind: FaultKind, min: number, max: number): number {
    return this.happens(kind, 0.12) ? this.dice.skewed(min, max) : 0;
  }

  private late(kind: FaultKind, min: number, max: number): number {
    return this.happens(kind, 0.04) ? this.dice.skewed(min, max) : 0;
  }
}
