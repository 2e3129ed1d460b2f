// npm run soak, inside: very many requests of every kind at one gateway, and what it keeps of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../chaos/random';
import { optionsOrExit } from '../parse-options';
import { createProgress } from '../progress';
import { readBooks, untilAtRest } from './books';
import { Asks } from './load/asks';
import { Crowd } from './load/crowd';
import { readOptions, type SoakOptions } from './options';
import { Outages } from './outages';
import { headLine, outcomeLines, readingLine } from './report';
import { type Evidence, judge } from './verdict';
import { type Reading, takeReading } from './watch/reading';
import { startWorld, type World } from './world';

const SEED = 1;
const KEYS_REPLACED = 5;
/** Between two readings; what leases hold beyond it is counted with the reading. */
const PAUSE_MS_MAX = 3_000;
/** A lease, the sweeper's round, the reconciler's. */
const REST_MS_MAX = 120_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(world: World, options: SoakOptions): Promise<number> {
  const outages = new Outages(world, options.outageMs, say);
  const asks = new Asks(world.buyers, Random.of(SEED, 'soak'));
  const crowd = new Crowd(world.port, options.users, asks, outages.isTroubled);
  const progress = createProgress({ what: 'requests', total: options.requests });
  const readings: Reading[] = [];
  say(headLine());
  const begunMs = Date.now();
  const untilMs = begunMs + options.forMs;
  for (const total of stops(options)) {
    await crowd.runTo(total, untilMs, (done) => {
      outages.at(Math.max(done / options.requests, (Date.now() - begunMs) / options.forMs));
      progress.at(done);
    });
    const isLast = crowd.done < total || total === options.requests;
    if (isLast) await outages.over();
    await untilAtRest(world, isLast ? REST_MS_MAX : PAUSE_MS_MAX);
    const reading = await takeReading(world, crowd.done);
    readings.push(reading);
    progress.clear();
    say(readingLine(reading));
    if (isLast || readings.length === 1) await snapshot(world, options, crowd.done);
    if (isLast) break;
    if (!outages.isTroubled()) await world.replaceKeys(KEYS_REPLACED);
  }
  await crowd.close();
  return await conclude(world, crowd, readings, options);
}

/** When the load pauses for a reading. */
function stops({ warmUp, every, requests }: SoakOptions): number[] {
  const totals = [warmUp];
  for (let at = warmUp + every; at < requests; at += every) totals.push(at);
  return [...totals, requests];
}

async function snapshot(
  { inspector }: World,
  { snapshotDir }: SoakOptions,
  total: number,
): Promise<void> {
  if (snapshotDir === null) return;
  await inspector.writeSnapshot(path.join(snapshotDir, `${total}.heapsnapshot`));
}

async function conclude(
  world: World,
  { tally }: Crowd,
  readings: readonly Reading[],
  { jsonFile }: SoakOptions,
): Promise<number> {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) throw new Error('Nothing was read.');
  const books = await readBooks(world, tally, last);
  const evidence: Evidence = { first, last, books, unexpected: tally.unexpected };
  const faults = judge(evidence);
  for (const line of outcomeLines(tally, books)) say(line);
  if (jsonFile !== null) {
    const outcomes = Object.fromEntries(tally.outcomes);
    writeFileSync(jsonFile, `${JSON.stringify({ readings, outcomes, books, faults }, null, 2)}\n`);
  }
  const ratio = (last.heapBytes / first.heapBytes).toFixed(3);
  say(`heap after ${last.requests} requests : after ${first.requests}: ${ratio}`);
  for (const fault of faults) say(`FAULT ${fault}`);
  say(faults.length === 0 ? 'Nothing is kept, and the books are right.' : 'It does not hold.');
  return faults.length === 0 ? 0 : 1;
}

const options = optionsOrExit(readOptions);
const world = await startWorld(options);
const stop = () => void world.close().finally(() => process.exit(130));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
try {
  process.exitCode = await run(world, options);
} finally {
  await world.close();
}
