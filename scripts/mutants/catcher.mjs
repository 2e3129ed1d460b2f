// @ts-check
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const REPORT = 'mutant-report.json';

/**
 * How a catcher ended: sound; caught, with the promise that was broken; or broken itself, which
 * proves nothing.
 * @typedef {{ kind: 'sound' } | { kind: 'caught', by: string } | { kind: 'broken', why: string }} Verdict
 */

/**
 * @typedef {object} Bench
 * @property {string} copy
 * @property {Record<string, string>} env the stores
 * @property {number} patienceMs
 */

/** @param {Bench} bench @param {string} catcher @returns {Promise<Verdict>} */
export async function runCatcher(bench, catcher) {
  return await (catcher === 'simulation' ? simulate(bench) : runTests(bench, [catcher]));
}

/** @param {Bench} bench @returns {Promise<Verdict>} */
async function simulate(bench) {
  const { code, output } = await node(bench, ['--import', 'tsx', 'scripts/mutants/simulate.ts']);
  if (code === 0) return { kind: 'sound' };
  const seen = /^seed \d+: .*$/m.exec(output)?.[0];
  return seen === undefined ? broken(output) : { kind: 'caught', by: seen };
}

/** @param {Bench} bench @param {readonly string[]} files @returns {Promise<Verdict>} */
export async function runTests(bench, files) {
  const report = path.join(bench.copy, REPORT);
  rmSync(report, { force: true });
  const options = ['run', '--bail=1', '--reporter=json', `--outputFile=${REPORT}`];
  const { code, output } = await node(bench, [
    'node_modules/vitest/vitest.mjs',
    ...options,
    ...files,
  ]);
  if (code === 0) return { kind: 'sound' };
  const failed = failedTest(report);
  return failed === null ? broken(output) : { kind: 'caught', by: failed };
}

/** The title of the first test that failed; null where a file could not even be run. */
function failedTest(/** @type {string} */ report) {
  try {
    /** @type {{ testResults: { assertionResults: { status: string, fullName: string }[] }[] }} */
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const results = testResults.flatMap((file) => file.assertionResults);
    return results.find(({ status }) => status === 'failed')?.fullName.trim() ?? null;
  } catch {
    return null;
  }
}

/** @param {string} output @returns {Verdict} */
const broken = (output) => ({ kind: 'broken', why: output.trim().slice(-2000) });

/**
 * Runs node in the copy, in a process group of its own, so that its children end with it.
 * @param {Bench} bench @param {readonly string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
async function node({ copy, env, patienceMs }, args) {
  const child = spawn(process.execPath, args, {
    cwd: copy,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-100_000);
    });
  }
  const end = () => endGroup(child.pid);
  atWork.add(end);
  const timer = setTimeout(() => {
    output += `\nstopped after ${patienceMs / 1000} s`;
    end();
  }, patienceMs);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, output }));
    });
  } finally {
    clearTimeout(timer);
    atWork.delete(end);
  }
}

/** @type {Set<() => void>} */
const atWork = new Set();

/** Ends the catchers that are at work, and all that they started. */
export const stopCatchers = () => {
  for (const end of atWork) end();
};

function endGroup(/** @type {number | undefined} */ pid) {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
