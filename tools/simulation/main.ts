// npm run simulate: seeds of the simulated world, one after another. A seed that breaks an invariant
// prints what and how to run it again, and the run ends with exit 1.
//   -- --from 0 --seeds 1000000     a range; --state FILE remembers how far it came and goes on there
//   -- --seed 4711 --verbose        one seed again, with its whole schedule
//   -- --without KIND               fewer kinds of faults
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runSeed } from './run-seed';
import { FAULT_KINDS, type FaultKind } from './world/faults';

const SEEDS_DEFAULT = 2_000;
const PROGRESS_EVERY_MS = 5_000;
const state = z.object({ from: z.number(), next: z.number() });

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    seeds: { type: 'string', default: String(SEEDS_DEFAULT) },
    seed: { type: 'string' },
    state: { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
    verbose: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number; it is "${text}".`);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
// The simulated clock replaces the real one while a seed runs.
const realNow = performance.now.bind(performance);

const allowed = new Set<FaultKind>(FAULT_KINDS.filter((kind) => !values.without.includes(kind)));
const first = wholeNumber('from', values.seed ?? values.from);
const end = first + (values.seed === undefined ? wholeNumber('seeds', values.seeds) : 1);

/** Where an earlier run of the same range had come to. */
function begin(): number {
  if (values.state === undefined || !existsSync(values.state)) return first;
  const known = state.parse(JSON.parse(readFileSync(values.state, 'utf8')));
  return known.from === first ? known.next : first;
}

function remember(next: number): void {
  if (values.state !== undefined)
    writeFileSync(values.state, JSON.stringify({ from: first, next }));
}

const startedMs = realNow();
const startedAt = begin();
let steps = 0;
let toldMs = startedMs;

const rate = (seed: number): string =>
  ((seed - startedAt) / Math.max((realNow() - startedMs) / 1_000, 0.001)).toFixed(1);

for (let seed = startedAt; seed < end; seed += 1) {
  const result = await runSeed({ seed, allowed, isVerbose: values.verbose });
  steps += result.steps;
  if (values.verbose) say(result.journal);
  if (result.violations.length > 0) {
    remember(seed);
    if (!values.verbose) say((await runSeed({ seed, allowed, isVerbose: true })).journal);
    say(`seed ${seed} (${result.faults.join(', ')}) broke:`);
    for (const violation of result.violations) say(`  ${violation}`);
    say(`Again, with its schedule: npm run simulate -- --seed ${seed} --verbose`);
    process.exit(1);
  }
  if (realNow() - toldMs > PROGRESS_EVERY_MS) {
    toldMs = realNow();
    remember(seed + 1);
    say(`${seed + 1 - first} of ${end - first} seeds, ${rate(seed + 1)} a second`);
  }
}
remember(end);
say(`${end - startedAt} seeds, ${steps} steps, no invariant broken, ${rate(end)} seeds a second`);
// Processes that died in a simulation leave handles behind.
process.exit(0);
