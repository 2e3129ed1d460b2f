import { unsettled } from './checks/rest';
import { mend, planChaos } from './world/chaos';
import { planOperators } from './world/operators';
import type { SeedOptions } from './world/stage';
import { chain } from './world/telemetry';
import { replaceClocks } from './world/virtual-time';
import { World } from './world/world';

/** How long clients and faults go on, and how long a mended world may take to come to rest. */
const HORIZON_MS = 75_000;
const REST_MS_MAX = 420_000;
const LOOK_EVERY_MS = 5_000;
/** An operator looks into the quarantine this often. */
const OPERATOR_EVERY_MS = 20_000;

export interface SeedResult {
  readonly seed: number;
  readonly faults: readonly string[];
  /** Situations that it came to. */
  readonly reached: readonly string[];
  /** What was broken, in the order in which it was seen; empty when all held. */
  readonly violations: readonly string[];
  readonly steps: number;
  /** The schedule, where it was asked for. */
  readonly journal: string;
}

/** Runs one seed to its end, or to its first violation. The same seed always runs the same. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const world = new World(options);
  const { scheduler, clients, checks, violations } = world;
  const onUnhandled = (reason: unknown): void =>
    world.violate('faults', `a rejection that nobody handles: ${chain(reason)}`);
  process.on('unhandledRejection', onUnhandled);
  const restoreClocks = replaceClocks(scheduler);
  try {
    const startMs = scheduler.nowMs;
    const moments = clients.plan(HORIZON_MS);
    planChaos(world, HORIZON_MS, moments);
    planOperators(world, HORIZON_MS);
    const isRight = (): boolean => {
      checks.afterStep();
      return violations.length === 0;
    };
    await scheduler.runUntil(startMs + HORIZON_MS, isRight);
    if (violations.length === 0) {
      mend(world);
      await comeToRest(world, isRight);
    }
    if (violations.length === 0) checks.atRest();
  } finally {
    restoreClocks();
    process.off('unhandledRejection', onUnhandled);
    for (const instance of world.instances) instance.process.state = 'dead';
  }
  return {
    seed: options.seed,
    faults: [...world.faults],
    reached: [...world.reached],
    violations,
    steps: scheduler.steps,
    journal: world.journal.text(),
  };
}

async function comeToRest(world: World, isRight: () => boolean): Promise<void> {
  const { scheduler, violations } = world;
  const untilMs = scheduler.nowMs + REST_MS_MAX;
  let operatorAtMs = scheduler.nowMs + OPERATOR_EVERY_MS;
  while (violations.length === 0) {
    await scheduler.runUntil(scheduler.nowMs + LOOK_EVERY_MS, isRight);
    const waiting = [...unsettled(world)];
    if (waiting.length === 0) return;
    if (scheduler.nowMs >= untilMs) {
      for (const what of waiting) world.violate('C', what);
      return;
    }
    if (scheduler.nowMs < operatorAtMs) continue;
    operatorAtMs += OPERATOR_EVERY_MS;
    const [instance] = world.alive;
    if (instance !== undefined) {
      scheduler.after(0, instance.process, () => void instance.retryQuarantined());
    }
  }
}
