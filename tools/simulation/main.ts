// npm run simulate: seeds of the simulated world, on as many workers as there are cores. A seed that
// breaks an invariant prints what and how to run it again, and the run ends with exit 1.
//   -- --from 0 --seeds 1000000     a range; --state FILE remembers what is done and goes on there
//   -- --seed 4711 --verbose        one seed again, with its whole schedule
//   -- --without KIND               fewer kinds of faults
//   -- --workers 1 --coverage       how many at once; which situations the seeds have reached
import { createProgress } from '../progress';
import type { SeedResult } from './run-seed';
import { readOptions } from './runner/options';
import { startPool } from './runner/pool';
import { coverageOf, summaryOf } from './runner/report';
import type { SeedRange } from './runner/seed-set';
import { loadState, saveState } from './runner/state';

/** Small enough that the last pieces end together, large enough that giving them costs nothing. */
const PIECE_SEEDS = 50;
const SAVE_EVERY_MS = 5_000;
const EXIT_INTERRUPTED = 130;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function simulate(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const { statePath, without } = options;
  const range: SeedRange = [options.from, options.end];
  const state = loadState(statePath, without);
  const { done, tally } = state;
  const [before, startedMs] = [done.countIn(range), performance.now()];
  const total = options.end - options.from;
  const progress = createProgress({ what: 'seeds', total, from: before });
  let savedMs = startedMs;
  let exitCode = 0;

  const onResult = (result: SeedResult): void => {
    progress.clear();
    if (result.violations.length > 0) {
      exitCode = 1;
      sayBroken(result);
      pool.stop();
      return;
    }
    if (options.isVerbose) say(result.journal);
    done.add([result.seed, result.seed + 1]);
    tally.add(result);
    progress.at(done.countIn(range));
    if (performance.now() - savedMs < SAVE_EVERY_MS) return;
    savedMs = performance.now();
    saveState(statePath, without, state);
  };
  const pool = startPool(options, done.missing(range, PIECE_SEEDS), onResult);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (exitCode === 0) exitCode = EXIT_INTERRUPTED;
      pool.stop();
    });
  }
  await pool.ended.finally(() => {
    progress.clear();
    saveState(statePath, without, state);
  });
  const ran = done.countIn(range) - before;
  if (options.showsCoverage) say(coverageOf(tally));
  say(summaryOf(tally, { ran, seconds: (performance.now() - startedMs) / 1_000, exitCode }));
  return exitCode;
}

function sayBroken({ seed, faults, violations, journal }: SeedResult): void {
  say(journal);
  say(`seed ${seed} (${faults.join(', ')}) broke:`);
  for (const violation of violations) say(`  ${violation}`);
  say(`Again, with its schedule: npm run simulate -- --seed ${seed} --verbose`);
}

simulate(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
