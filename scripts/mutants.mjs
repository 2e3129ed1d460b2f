// @ts-check
// npm run mutants: plants one fault of scripts/mutants after another in a copy of this tree, and
// expects its catcher to see it. --only <name>, --write: the table goes into docs/mutants.md;
// --check: whether each still finds its text.
import { parseArgs } from 'node:util';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { Refusal, runAsScript, say } from './lib/messages.mjs';
import { startThrowawayStores } from './lib/throwaway-stores.mjs';
import { runCatcher, runTests, stopCatchers } from './mutants/catcher.mjs';
import { copyTree } from './mutants/copy.mjs';
import { MUTANTS } from './mutants/list.mjs';
import { checkList, plant } from './mutants/mutant.mjs';
import { writePage } from './mutants/page.mjs';

/** Each has a copy of the tree and stores of its own. */
const BENCHES = 2;
const SOUND_MS_MAX = 10 * 60_000;
const MUTANT_MS_MAX = 6 * 60_000;

/** @typedef {import('./mutants/catcher.mjs').Bench} Bench */

await runAsScript(import.meta.url, async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      write: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
    },
  });
  checkList(ROOT, MUTANTS);
  if (values.check) {
    say(`${MUTANTS.length} mutants find their texts.`);
    return 0;
  }
  const { only } = values;
  const mutants = MUTANTS.filter(
    ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
  );
  if (mutants.length === 0) throw new Refusal(`No mutant is named "${only.join('", "')}".`);
  const interrupts = watchInterrupts();
  void interrupts.requested.then(() => stopCatchers());
  await ensureInstalled();
  const benches = [];
  try {
    for (let i = 0; i < BENCHES; i += 1) benches.push(await openBench());
    const from = performance.now();
    await expectSound(benches, mutants);
    interrupts.check();
    const results = await hunt(benches, mutants, interrupts.check);
    const caught = results.filter((result) => result !== null);
    say(`${caught.length} of ${mutants.length} mutants caught.`);
    if (caught.length < mutants.length) return 1;
    if (values.write && only.length === 0) writePage(caught, (performance.now() - from) / 1000);
    return 0;
  } finally {
    await Promise.all(benches.map(({ close }) => close()));
  }
});

async function openBench() {
  const { folder: copy, discard } = copyTree();
  process.once('exit', discard);
  const stores = await startThrowawayStores();
  return { copy, env: stores.env, patienceMs: MUTANT_MS_MAX, close: stores.stop };
}

/** Without a mutant every catcher is content; otherwise it would prove nothing. */
async function expectSound(
  /** @type {readonly Bench[]} */ benches,
  /** @type {readonly import('./mutants/mutant.mjs').Mutant[]} */ mutants,
) {
  const catchers = [...new Set(mutants.map(({ catcher }) => catcher))];
  say(`running ${catchers.length} catchers without a mutant …`);
  const files = catchers.filter((catcher) => catcher !== 'simulation');
  const shares = benches.map((_, own) => files.filter((_, at) => at % benches.length === own));
  const verdicts = await Promise.all(
    benches.map((bench, own) => expectContent(bench, shares[own] ?? [], own === 0 && catchers)),
  );
  for (const verdict of verdicts.flat()) {
    if (verdict === null || verdict.kind === 'sound') continue;
    throw new Refusal(
      `Without a mutant a catcher fails: ${verdict.kind === 'caught' ? verdict.by : verdict.why}`,
    );
  }
}

/** One bench's share of the sound run. */
async function expectContent(
  /** @type {Bench} */ ofHunt,
  /** @type {readonly string[]} */ files,
  /** @type {readonly string[] | false} */ catchers,
) {
  const bench = { ...ofHunt, patienceMs: SOUND_MS_MAX };
  return [
    files.length > 0 ? await runTests(bench, files) : null,
    catchers !== false && catchers.includes('simulation')
      ? await runCatcher(bench, 'simulation')
      : null,
  ];
}

/** In the order of the list; null for a mutant that nobody caught. */
async function hunt(
  /** @type {readonly Bench[]} */ benches,
  /** @type {readonly import('./mutants/mutant.mjs').Mutant[]} */ mutants,
  /** @type {() => void} */ checkInterrupts,
) {
  /** @type {(import('./mutants/page.mjs').Caught | null)[]} */
  const results = mutants.map(() => null);
  const queue = mutants.entries();
  let done = 0;
  const work = async (/** @type {Bench} */ bench) => {
    for (const [at, mutant] of queue) {
      checkInterrupts();
      results[at] = await tryOne(bench, mutant, () => `${++done} of ${mutants.length}`);
    }
  };
  await Promise.all(benches.map(work));
  return results;
}

async function tryOne(
  /** @type {Bench} */ bench,
  /** @type {import('./mutants/mutant.mjs').Mutant} */ mutant,
  /** @type {() => string} */ count,
) {
  const from = performance.now();
  const takeOut = plant(bench.copy, mutant);
  const verdict = await runCatcher(bench, mutant.catcher).finally(takeOut);
  const seconds = (performance.now() - from) / 1000;
  const isCaught = verdict.kind === 'caught';
  say(`${count()}: ${isCaught ? 'caught' : 'SURVIVED'}, ${seconds.toFixed(1)} s: ${mutant.name}`);
  say(`         ${mutant.catcher}: ${toldBy(verdict)}`);
  return isCaught ? { ...mutant, by: verdict.by, seconds } : null;
}

function toldBy(/** @type {import('./mutants/catcher.mjs').Verdict} */ verdict) {
  if (verdict.kind === 'caught') return verdict.by;
  return verdict.kind === 'sound' ? 'saw nothing' : `could not be run: ${verdict.why}`;
}
