// npm run chaos, inside: the launcher (scripts/chaos.mjs) has built and brought Postgres up.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { optionsOrExit } from '../parse-options';
import { type BurstContext, runBurst } from './burst';
import { type ChaosOptions, readOptions } from './options';
import { say } from './report/say';
import { figuresOf, tableOf, type Worst } from './report/table';
import { Tally } from './report/tally';
import type { Evidence } from './verdict/evidence';
import { judge } from './verdict/judge';
import { FallbackWatch } from './watch/fallback';
import { FaultLog } from './watch/fault-log';
import { REST_MS_MAX } from './watch/rest';
import { Watches } from './watch/watches';
import { startWorld, type World } from './world/world';

const VIOLATIONS_SHOWN_MAX = 40;
const INTERRUPTED = 130;

async function run(world: World, options: ChaosOptions): Promise<number> {
  const begunMs = Date.now();
  const faults = new FaultLog();
  const prober = await world.admin.newTenant({ balance: '100000000000' });
  const fallback = new FallbackWatch(world, faults, prober, options.answerMsMax);
  const watches = new Watches(world, faults);
  const tally = new Tally();
  const watching = watches.run();
  for (let burst = 1; burst === 1 || Date.now() - begunMs < options.totalMs; burst += 1) {
    say(`burst ${burst}, ${options.burstMs / 1_000} s`);
    await oneBurst({ world, faults, fallback, options }, burst, tally);
    const watched = [...fallback.violations.splice(0), ...watches.violations.values()];
    tally.violations.push(...watched);
    if (tally.violations.length > 0) break;
  }
  watches.stop();
  await watching;
  const worst: Worst = {
    fallbackMs: fallback.longestMs,
    fallbacksMeasured: fallback.measured,
    askedWithoutRedis: fallback.asked,
    answeredWithoutRedis: fallback.answered,
    convergenceMs: watches.convergence.longestMs,
    leaseOverrunMs: watches.leases.longestMs,
  };
  return conclude(tally, worst, Date.now() - begunMs, options, world);
}

async function oneBurst(context: BurstContext, burst: number, tally: Tally): Promise<void> {
  const { world } = context;
  const { evidence, burstMs, restMs } = await runBurst(context, burst);
  tally.add(evidence, burstMs, restMs ?? REST_MS_MAX);
  if (restMs === null) tally.violations.push(`It did not come to rest in ${REST_MS_MAX} ms.`);
  tally.violations.push(...judge(evidence), ...(await auditFaults(world)));
  if (tally.violations.length > 0) keepEvidence(world, evidence);
  world.instances.forEach(({ gateway }, index) => {
    for (const log of gateway.unexpectedEnds.splice(0)) {
      tally.violations.push(`gateway ${index} ended by itself: ${log}`);
    }
  });
  say(`  at rest after ${restMs} ms, audited: ${tally.violations.length} violations`);
}

/** What clients, upstream and books said, beside the logs, for whoever looks into a violation. */
function keepEvidence({ logDir }: World, evidence: Evidence): void {
  const text = JSON.stringify(evidence, (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  writeFileSync(path.join(logDir, 'evidence.json'), text);
}

/** The invariants over all tenants, as the product's own audit finds them. */
async function auditFaults({ admin }: World): Promise<string[]> {
  const { invariants } = await admin.audit();
  return invariants
    .filter(({ ok }) => !ok)
    .map((invariant) => `audit: ${JSON.stringify(invariant).slice(0, 2_000)}`);
}

function conclude(
  tally: Tally,
  worst: Worst,
  tookMs: number,
  options: ChaosOptions,
  world: World,
): number {
  for (const line of tableOf(tally, worst, tookMs)) say(line);
  if (options.jsonFile !== null) {
    const figures = { ...options, ...figuresOf(tally, worst, tookMs) };
    writeFileSync(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
  }
  if (tally.violations.length === 0) {
    say('\nThe books are right.');
    return 0;
  }
  for (const violation of tally.violations.slice(0, VIOLATIONS_SHOWN_MAX)) {
    say(`  VIOLATION ${violation}`);
  }
  say(`\nThe gateways' logs and all that was seen are kept in ${world.logDir}.`);
  say(`Again: npm run chaos -- --seed ${options.seed} --rate ${options.rate}`);
  return 1;
}

const options = optionsOrExit(readOptions);
say(`chaos: seed ${options.seed}, ${options.rate} requests a second`);
const world = await startWorld();
const stop = () => {
  process.off('disconnect', stop);
  void world.close().finally(() => process.exit(INTERRUPTED));
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
// A launcher that was killed can no longer bring Postgres up.
process.once('disconnect', stop);
try {
  process.exitCode = await run(world, options);
} finally {
  process.off('disconnect', stop);
  await world.close();
}
