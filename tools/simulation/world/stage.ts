import type { UpstreamRoute } from '@/server/domain/ports';
import type { Disk } from './disk';
import type { ClientExchange } from './exchange';
import type { FaultSet } from './faults';
import { drawFaults } from './faults';
import { Journal } from './journal';
import { PostgresServer } from './postgres-server';
import { Dice } from './random';
import { RedisServer } from './redis-server';
import { Scheduler } from './scheduler';
import { type Situation, situationNamed } from './situations';
import { drawTenants, type TenantPlan } from './tenants';
import type { Watch } from './watch';
import { Weather } from './weather';

export interface SeedOptions {
  readonly seed: number;
  /** Faults that may be drawn. */
  readonly allowed: FaultSet;
  readonly isVerbose: boolean;
}

const SKEW_MS_MAX = 90_000;

/** What everything of one seed stands on: its time, its chances, its stores and their state. */
export class Stage {
  readonly dice: Dice;
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly faults: FaultSet;
  readonly weather: Weather;
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly routes: readonly UpstreamRoute[];
  readonly tenants: readonly TenantPlan[];
  readonly exchanges: ClientExchange[] = [];
  readonly disks: Disk[] = [];
  readonly violations: string[] = [];
  /** Owners of answers that an instance reported as delivered and never charged in full. */
  readonly givenAway = new Set<string>();
  /** Situations that the seed came to. */
  readonly reached = new Set<Situation>();
  /** Messages that a server has not received yet. */
  underWay = 0;
  watch: Watch = NOBODY;

  constructor(options: SeedOptions) {
    this.dice = new Dice(options.seed);
    this.scheduler = new Scheduler(drawStart(this.dice));
    this.journal = new Journal(options.isVerbose, () => this.scheduler.nowMs);
    this.faults = drawFaults(this.dice, options.allowed);
    this.journal.say(() => `faults: ${[...this.faults].join(', ') || 'none'}`);
    this.weather = new Weather(this.dice, this.faults, (kind) => this.reach(`fault: ${kind}`));
    this.redis = new RedisServer(this.clock());
    this.postgres = new PostgresServer(this.clock());
    this.routes = ['upstream-a', 'upstream-b'].map((upstream, priority) => ({
      ...{ upstream, priority, baseUrl: 'http://upstream.test', apiKey: null },
      ...{ modelName: '*', weight: 1, timeoutMs: 600_000 },
    }));
    this.tenants = drawTenants(this.dice, this.postgres.db, this.journal);
  }

  /** Records that something is wrong. */
  violate(invariant: string, what: string): void {
    this.violations.push(this.journal.named(`${invariant}: ${what}`));
    this.journal.say(() => `*** ${invariant}: ${what}`);
  }

  reach(situation: Situation): void {
    this.reached.add(situation);
  }

  /** The same by a name put together; one that nobody asks for is let go. */
  reachNamed(text: string): void {
    const situation = situationNamed(text);
    if (situation !== null) this.reached.add(situation);
  }

  /** How far a clock is off. */
  skew(): number {
    const drawn = this.dice.between(-SKEW_MS_MAX, SKEW_MS_MAX);
    if (!this.faults.has('clock-skew')) return 0;
    this.reach('fault: clock-skew');
    return drawn;
  }

  private clock(): () => number {
    const skewMs = this.skew();
    return () => this.scheduler.nowMs + skewMs;
  }
}

const nothing = (): void => undefined;
const NOBODY: Watch = {
  ...{ onPurchase: nothing, onRedisWrite: nothing, onAdmitted: nothing, onDrift: nothing },
  ...{ onFault: nothing, onChunk: nothing, onDelivered: nothing },
};

/** Often shortly before a midnight or the end of a month. */
function drawStart(dice: Dice): number {
  const shape = dice.next();
  const lead = dice.between(0, 90_000);
  if (shape < 0.35) return Date.UTC(2026, 3, 1) - lead;
  if (shape < 0.5) return Date.UTC(2026, 5, 17) - lead;
  return Date.UTC(2026, 5, 17, 11) - lead;
}
