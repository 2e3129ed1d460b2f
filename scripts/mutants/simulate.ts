// The catcher of the mutants that a simulated world can see: seeds one after another, up to the
// first violation. Prints it and exits 1.
import { runSeed } from '../../tools/simulation/run-seed';
import { FAULT_KINDS } from '../../tools/simulation/world/faults';

const SEEDS = 2_000;

for (let seed = 0; seed < SEEDS; seed += 1) {
  const { violations } = await runSeed({ seed, allowed: new Set(FAULT_KINDS), isVerbose: false });
  if (violations[0] === undefined) continue;
  console.log(`seed ${seed}: ${violations[0]}`);
  process.exit(1);
}
// Processes that died in a simulation leave handles behind.
process.exit(0);
