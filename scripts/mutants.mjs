// @ts-check
// npm run mutants: plants one fault of scripts/mutants after another in a copy of this tree, and
// expects its catcher to see it. --only <name>, --write: the table goes into docs/mutants.md.
import { parseArgs } from 'node:util';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { Refusal, runAsScript, say } from './lib/messages.mjs';
import { startThrowawayStores } from './lib/throwaway-stores.mjs';
import { runCatcher, runTests, stopCatcher } from './mutants/catcher.mjs';
import { copyTree } from './mutants/copy.mjs';
import { MUTANTS } from './mutants/list.mjs';
import { checkList, plant } from './mutants/mutant.mjs';
import { writePage } from './mutants/page.mjs';

const SOUND_MS_MAX = 10 * 60_000;
const MUTANT_MS_MAX = 6 * 60_000;

/** @typedef {import('./mutants/catcher.mjs').Bench} Bench */

await runAsScript(import.meta.url, async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
    },
  });
  checkList(ROOT, MUTANTS);
  const { only } = values;
  const mutants = MUTANTS.filter(
    ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
  );
  if (mutants.length === 0) throw new Refusal(`No mutant is named "${only.join('", "')}".`);
  const interrupts = watchInterrupts();
  void interrupts.requested.then(() => stopCatcher());
  await ensureInstalled();
  const { folder: copy, discard } = copyTree();
  process.once('exit', discard);
  const stores = await startThrowawayStores();
  try {
    const from = performance.now();
    const bench = { copy, env: stores.env };
    await expectSound({ ...bench, patienceMs: SOUND_MS_MAX }, mutants);
    interrupts.check();
    const results = await hunt({ ...bench, patienceMs: MUTANT_MS_MAX }, mutants, interrupts.check);
    const caught = results.filter((result) => result !== null);
    say(`${caught.length} of ${mutants.length} mutants caught.`);
    if (caught.length < mutants.length) return 1;
    if (values.write && only.length === 0) writePage(caught, (performance.now() - from) / 1000);
    return 0;
  } finally {
    await stores.stop();
  }
});

/** Without a mutant every catcher is content; otherwise it would prove nothing. */
async function expectSound(
  /** @type {Bench} */ bench,
  /** @type {readonly import('./mutants/mutant.mjs').Mutant[]} */ mutants,
) {
  const catchers = [...new Set(mutants.map(({ catcher }) => catcher))];
  say(`running ${catchers.length} catchers without a mutant …`);
  const files = catchers.filter((catcher) => catcher !== 'simulation');
  const verdicts = [
    catchers.includes('simulation') ? await runCatcher(bench, 'simulation') : null,
    files.length > 0 ? await runTests(bench, files) : null,
  ];
  for (const verdict of verdicts) {
    if (verdict === null || verdict.kind === 'sound') continue;
    throw new Refusal(
      `Without a mutant a catcher fails: ${verdict.kind === 'caught' ? verdict.by : verdict.why}`,
    );
  }
}

/** Null for a mutant that nobody caught. */
async function hunt(
  /** @type {Bench} */ bench,
  /** @type {readonly import('./mutants/mutant.mjs').Mutant[]} */ mutants,
  /** @type {() => void} */ checkInterrupts,
) {
  const results = [];
  for (const mutant of mutants) {
    checkInterrupts();
    const from = performance.now();
    const takeOut = plant(bench.copy, mutant);
    const verdict = await runCatcher(bench, mutant.catcher).finally(takeOut);
    const seconds = (performance.now() - from) / 1000;
    const isCaught = verdict.kind === 'caught';
    say(`${isCaught ? 'caught  ' : 'SURVIVED'} ${seconds.toFixed(1)} s  ${mutant.name}`);
    say(`         ${mutant.catcher}: ${toldBy(verdict)}`);
    results.push(isCaught ? { ...mutant, by: verdict.by, seconds } : null);
  }
  return results;
}

function toldBy(/** @type {import('./mutants/catcher.mjs').Verdict} */ verdict) {
  if (verdict.kind === 'caught') return verdict.by;
  return verdict.kind === 'sound' ? 'saw nothing' : `could not be run: ${verdict.why}`;
}
