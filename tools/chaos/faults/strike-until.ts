import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world/world';
import type { Actor } from './kinds';
import { type PlanOptions, planOf, type Step } from './plan';
import { strike } from './strike';

const ACTORS: readonly Actor[] = ['gateways', 'stores', 'networks', 'upstream'];
/** A fault that would last longer than the burst ends this long after it. */
const OVERTIME_MS = 1_000;

export interface StrikeOptions extends PlanOptions {
  readonly untilMs: number;
  /** Hears of each fault as it strikes; what it returns is called when all is whole again. */
  readonly onStrike: (step: Step) => () => void;
}

/** All actors strike, each by its own plan, until the time is over; then everything is whole. */
export async function strikeUntil(world: World, options: StrikeOptions): Promise<void> {
  await Promise.all(ACTORS.map((actor) => act(world, actor, options)));
}

async function act(world: World, actor: Actor, options: StrikeOptions): Promise<void> {
  const leftMs = () => options.untilMs - Date.now();
  for (const step of planOf(actor, options)) {
    await sleep(Math.max(0, Math.min(step.pauseMs, leftMs())));
    if (leftMs() <= 0) return;
    const holdMs = Math.min(step.holdMs, leftMs() + OVERTIME_MS);
    const onWhole = options.onStrike(step);
    await strike(world, { ...step, holdMs });
    onWhole();
  }
}
