// @ts-check
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './data-dir.mjs';
import { mendDriver } from './mend-driver.mjs';
import { Refusal, say } from './messages.mjs';
import { run } from './processes.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean }} Locked */

/** Runs `npm ci` unless node_modules already holds what the lockfile says. */
export async function ensureInstalled() {
  // An install without scripts, or one from before the mending, would do without it.
  if (isInstalled()) return mendDriver();
  say('Installing dependencies (npm ci) …');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const code = await runNpm(args);
  if (code !== 0) throw new Refusal(`npm ci failed (exit code ${code}); its output is above.`);
  mendDriver();
}

/** @param {readonly string[]} args */
function runNpm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], { cwd: ROOT });
  return run('npm', args, { cwd: ROOT });
}

/** Whether npm's own record of node_modules agrees with the lockfile; other platforms' parts aside. */
function isInstalled() {
  const wanted = packagesOf(path.join(ROOT, 'package-lock.json'));
  const present = packagesOf(path.join(ROOT, 'node_modules', '.package-lock.json'));
  if (wanted === null) throw new Refusal('package-lock.json is missing or broken; restore it.');
  if (present === null) return false;
  const agrees = Object.entries(wanted).every(([place, { version, integrity, optional }]) => {
    const found = present[place];
    if (place === '' || (found === undefined && optional)) return true;
    return found?.version === version && found?.integrity === integrity;
  });
  return agrees && Object.keys(present).every((place) => place in wanted);
}

/** @param {string} file @returns {Record<string, Locked> | null} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}
