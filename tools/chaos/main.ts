// npm run chaos, inside: the launcher (scripts/chaos.mjs) has built and brought Postgres up.
import { setTimeout as sleep } from 'node:timers/promises';
import { strikeUntil } from './faults';
import { Load } from './load';
import { type ChaosOptions, readOptions } from './options';
import { Random } from './random';
import { judge, type Verdict } from './verdict';
import { startWorld, type World } from './world';

const TENANTS = 24;
const PROGRESS_EVERY_MS = 5_000;
const QUIET_MS_MAX = 180_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Nothing PENDING, no operation in Redis: sweeper, spool and reconciler are through. */
async function isQuiet(world: World): Promise<boolean> {
  const [row] = await world.sql<{ open: number }[]>`
    select count(*)::int as open from billing_transaction where status = 'PENDING'`;
  if (row === undefined || row.open > 0) return false;
  const keys = await world.redisClient.keys('{gw:quota:tenant:*}:ops');
  return keys.length === 0;
}

async function untilQuiet(world: World): Promise<void> {
  const begun = Date.now();
  while (!(await isQuiet(world).catch(() => false))) {
    const waitedMs = Date.now() - begun;
    if (waitedMs > QUIET_MS_MAX) return say('  it did not come to rest');
    if (Math.round(waitedMs / 500) % 20 === 0) say(`  quiet for ${Math.round(waitedMs / 1000)} s`);
    await sleep(500);
  }
}

async function burst(world: World, load: Load, random: Random, options: ChaosOptions) {
  const struck = new Map<string, number>();
  const begun = Date.now();
  const untilMs = begun + options.burstMs;
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - begun) / 1000);
    const whole = load.seen.filter((seen) => seen.what === 'complete').length;
    say(`  ${seconds} s: ${load.seen.length} requests, ${whole} whole answers, ${load.open} open`);
  }, PROGRESS_EVERY_MS);
  await Promise.all([
    load.run(options.rate, untilMs),
    strikeUntil(world, random, untilMs, (name) => {
      say(`  + ${name}`);
      struck.set(name, (struck.get(name) ?? 0) + 1);
    }),
  ]);
  clearInterval(progress);
  await untilQuiet(world);
  return struck;
}

function table(struck: ReadonlyMap<string, number>, verdict: Verdict): void {
  say('');
  for (const [name, times] of [...struck].sort()) say(`  ${String(times).padStart(6)}  ${name}`);
  say('');
  for (const [name, value] of Object.entries({
    requests: verdict.requests,
    'whole answers delivered': verdict.complete,
    'answers replayed': verdict.replayed,
    charged: verdict.charged,
    voided: verdict.voided,
    'house losses, tokens': verdict.houseLossTokens,
    violations: verdict.violations.length,
  })) {
    say(`  ${String(value).padStart(6)}  ${name}`);
  }
  for (const violation of verdict.violations.slice(0, 20)) say(`  VIOLATION ${violation}`);
}

async function run(options: ChaosOptions): Promise<number> {
  say(`chaos: seed ${options.seed}, ${options.bursts} burst(s) of ${options.burstMs / 1000} s`);
  const random = new Random(options.seed);
  const world = await startWorld();
  try {
    const tenants = await Promise.all(
      Array.from({ length: TENANTS }, (_, index) =>
        // Some tenants can afford little, so that refusals and capped answers take part.
        world.admin.newTenant({ balance: index % 4 === 0 ? '40000000' : '100000000000' }),
      ),
    );
    const load = new Load(world, tenants, random);
    for (let index = 1; index <= options.bursts; index += 1) {
      say(`burst ${index} of ${options.bursts}`);
      const struck = await burst(world, load, random, options);
      const verdict = await judge(world, load);
      table(struck, verdict);
      if (verdict.violations.length > 0) return 1;
    }
    say('\nThe books are right.');
    return 0;
  } finally {
    await world.close();
  }
}

process.exitCode = await run(readOptions(process.argv.slice(2)));
