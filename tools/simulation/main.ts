import { runSeed } from './run-seed';
import { FAULT_KINDS, type FaultKind } from './world/faults';

const [from = 0, count = 1] = process.argv.slice(2).map(Number);
const verbose = process.argv.includes('-v');
const without = new Set((process.env.WITHOUT ?? '').split(','));
const allowed = new Set<FaultKind>(FAULT_KINDS.filter((k) => !without.has(k)));
const t0 = performance.now();
let steps = 0;
let bad = 0;
for (let seed = from; seed < from + count; seed += 1) {
  const result = await runSeed({ seed, allowed, isVerbose: verbose });
  steps += result.steps;
  if (verbose) console.log(result.journal);
  if (result.violations.length > 0) {
    bad += 1;
    console.log(
      seed,
      result.faults.join(','),
      '\n   ',
      result.violations.slice(0, 3).join('\n    '),
    );
  }
}
const s = (performance.now() - t0) / 1000;
console.log(`${count} seeds, ${bad} bad, ${steps} steps, ${(count / s).toFixed(1)} seeds/s`);
