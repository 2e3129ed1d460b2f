import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world/world';
import { ConvergenceWatch, lookAtVersions } from './convergence';
import type { FaultLog } from './fault-log';
import { LeaseWatch } from './leases';

const LOOK_EVERY_MS = 500;
const LOOK_MS_MAX = 5_000;

/** Looks at leases and versions all the time, also while things break. */
export class Watches {
  readonly convergence = new ConvergenceWatch();
  readonly leases: LeaseWatch;
  /** Each tenant or charge is named once. */
  readonly violations = new Map<string, string>();
  private isOver = false;

  constructor(
    private readonly world: World,
    private readonly faults: FaultLog,
  ) {
    this.leases = new LeaseWatch(world.sql, faults, world.instances.length);
  }

  /** Resolves after `stop`. */
  async run(): Promise<void> {
    while (!this.isOver) {
      // A store that is away now answers at the next look.
      await Promise.race([this.look(), sleep(LOOK_MS_MAX)]).catch(() => undefined);
      await sleep(LOOK_EVERY_MS);
    }
  }

  stop(): void {
    this.isOver = true;
  }

  private async look(): Promise<void> {
    const late = await lookAtVersions(this.convergence, this.world, this.faults);
    const overrun = await this.leases.look();
    for (const violation of [...late, ...(overrun === null ? [] : [overrun])]) {
      this.violations.set(violation.split(' is ')[0] ?? violation, violation);
    }
  }
}
