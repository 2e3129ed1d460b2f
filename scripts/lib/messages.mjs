// @ts-check
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A failure that was to be expected; its message is one sentence for the person at the terminal. */
export class Refusal extends Error {}

/** Ctrl-C or SIGTERM came while something was still being set up. */
export class Interrupted extends Error {}

/** What the system's codes for an unusable file mean. @type {Record<string, string | undefined>} */
export const REASONS = {
  EACCES: 'this user may not use it',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something else is in its place',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'this user may not use it',
  EROFS: 'the file system is read-only',
};

// A closed terminal or pipe must not end a drain.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

/** @param {string} line */
export function say(line) {
  process.stdout.write(`tallygate: ${line}\n`);
}

/** @param {string} line */
export function complain(line) {
  process.stderr.write(`tallygate: ${line}\n`);
}

/** @param {unknown} error @returns {string} */
export function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** @param {unknown} error @returns {string} */
export function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Refusal(`Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
}

/**
 * Runs a script's main function when the file itself was started. The number it resolves to is the
 * exit code; a Refusal prints its sentence and exits 1; anything else shows its stack.
 * @param {string} moduleUrl
 * @param {() => Promise<number>} main
 */
export async function runAsScript(moduleUrl, main) {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== fileURLToPath(moduleUrl)) return;
  try {
    requireNode();
    process.exit(await main());
  } catch (error) {
    if (error instanceof Interrupted) process.exit(0);
    complain(sentenceOf(error));
    process.exit(1);
  }
}

/** @param {unknown} error */
function sentenceOf(error) {
  if (error instanceof Refusal) return error.message;
  const why = REASONS[codeOf(error)];
  if (why !== undefined && error instanceof Error) {
    // A write to an open file fails without naming it.
    return 'path' in error
      ? `${error.path} cannot be used: ${why}.`
      : `A file was not written: ${why}.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
