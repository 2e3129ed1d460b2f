import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from './faults/plan';
import { strike } from './faults/strike';
import { strikeUntil } from './faults/strike-until';
import { Load } from './load/load';
import { Operator } from './load/operator';
import { Orders } from './load/orders';
import { type ChaosTenant, makeTenants } from './load/tenants';
import type { ChaosOptions } from './options';
import { Random } from './random';
import { say } from './report/say';
import { readCharges, readCredits, readTenants, takePurchases } from './verdict/books';
import type { Evidence } from './verdict/evidence';
import { type FallbackWatch, SETTLED_MS } from './watch/fallback';
import type { FaultLog } from './watch/fault-log';
import { untilAtRest } from './watch/rest';
import type { World } from './world/world';

const PROGRESS_EVERY_MS = 5_000;
const REST_PROGRESS_EVERY_MS = 10_000;
/** Redis's older file is what it had so long after the burst began. */
const KEEP_FILE_AFTER_MS = 5_000;

const DRILL_MS = 3_000;
const DRILLS = ['Redis killed', 'Redis killed, back empty', 'Redis killed, back older'] as const;

export interface BurstContext {
  readonly world: World;
  readonly faults: FaultLog;
  readonly fallback: FallbackWatch;
  readonly options: ChaosOptions;
}

export interface BurstResult {
  readonly evidence: Evidence;
  readonly burstMs: number;
  /** Null: it did not come to rest. */
  readonly restMs: number | null;
}

/** Load and faults for a while, then quiet until at rest; gives all that is known of it then. */
export async function runBurst(context: BurstContext, burst: number): Promise<BurstResult> {
  const { world, options, faults } = context;
  const { seed, burstMs } = options;
  const tenants = await makeTenants(world.admin);
  const gateways = world.instances.length;
  const orders = new Orders(tenants, gateways, burst, Random.of(seed, `${burst}/orders`));
  const load = new Load(world, orders, Random.of(seed, `${burst}/pauses`));
  const operator = new Operator(world, tenants, burst, Random.of(seed, `${burst}/operator`));
  const struckBefore = faults.passed.length;
  const begunMs = Date.now();
  const untilMs = begunMs + burstMs;
  const progress = setInterval(() => say(progressOf(load, begunMs)), PROGRESS_EVERY_MS);
  world.redis.keepFile();
  const probing: Promise<void>[] = [];
  await Promise.all([
    load.run(options.rate, untilMs),
    operator.run(untilMs),
    sleep(KEEP_FILE_AFTER_MS).then(() => world.redis.keepFile()),
    strikeUntil(world, {
      seed,
      burst,
      gateways,
      untilMs,
      onStrike: (step) => onStrike(context, load, step, probing),
    }),
  ]);
  await Promise.all(probing);
  clearInterval(progress);
  const restMs = await untilAtRest(world, restProgress());
  if (restMs !== null) await drill(context, burst, load);
  const struck = faults.passed.slice(struckBefore);
  return {
    burstMs,
    restMs,
    evidence: {
      ...(await booksOf(world, tenants)),
      seen: load.seen,
      credits: operator.credits,
      struck,
    },
  };
}

/**
 * Redis dies while all else is whole, and comes back: so each burst measures how soon the gateways
 * answer without it, and how soon its hashes have caught up, whatever the plan struck.
 */
async function drill(context: BurstContext, burst: number, load: Load): Promise<void> {
  const { world } = context;
  const kind = DRILLS[burst % DRILLS.length] ?? 'Redis killed';
  await sleep(SETTLED_MS);
  const probing: Promise<void>[] = [];
  const step = { kind, gateway: 0, pauseMs: 0, holdMs: DRILL_MS };
  const onWhole = onStrike(context, load, step, probing);
  await strike(world, step);
  onWhole();
  await Promise.all(probing);
  await untilAtRest(world, restProgress());
}

function onStrike(
  { faults, fallback }: BurstContext,
  load: Load,
  step: Step,
  probing: Promise<void>[],
): () => void {
  say(`  + ${step.kind}${/Redis|Postgres/.test(step.kind) ? '' : ` (${step.gateway})`}`);
  const passed = faults.strike(step, load.openAt(step.gateway));
  let isBack = false;
  if (step.kind.startsWith('Redis killed')) {
    const endsMs = Date.now() + step.holdMs;
    probing.push(fallback.redisDied(Date.now(), () => isBack || Date.now() >= endsMs));
  }
  return () => {
    isBack = true;
    passed();
  };
}

async function booksOf(world: World, tenants: readonly ChaosTenant[]) {
  return {
    rows: await readCharges(world.sql, tenants),
    purchases: takePurchases(world.journalFile),
    bookedCredits: await readCredits(world.sql, tenants),
    tenants: await readTenants(world.sql, tenants),
  };
}

function progressOf(load: Load, begunMs: number): string {
  const seconds = Math.round((Date.now() - begunMs) / 1_000);
  const whole = load.seen.filter(({ what }) => what === 'complete').length;
  return `  ${seconds} s: ${load.begun} requests, ${whole} whole answers, ${load.open} open`;
}

function restProgress(): (waitedMs: number) => void {
  let toldMs = 0;
  return (waitedMs) => {
    if (waitedMs - toldMs < REST_PROGRESS_EVERY_MS) return;
    toldMs = waitedMs;
    say(`  quiet for ${Math.round(waitedMs / 1_000)} s`);
  };
}
