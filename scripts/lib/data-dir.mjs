// @ts-check
import {
  chmodSync,
  existsSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeOf, REASONS, Refusal } from './messages.mjs';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const PROBE = Buffer.alloc(1_000_000);

/**
 * The data folder (TALLYGATE_DATA_DIR, `.data`), made if missing and proved writable.
 * @returns {string} its absolute path, links resolved
 */
export function openDataDir() {
  const dataDir = path.resolve(ROOT, process.env.TALLYGATE_DATA_DIR || '.data');
  const probe = path.join(dataDir, `.probe-${process.pid}`);
  try {
    makeFolder(dataDir);
    letStoresIn(dataDir);
    writeFileSync(probe, PROBE, { flush: true });
  } catch (error) {
    throw unusable(dataDir, codeOf(error));
  } finally {
    discard(probe);
  }
  return realpathSync(dataDir);
}

/**
 * Like mkdir -p; Node's own never ends where the system says ENOENT to a folder in a folder that is.
 * @param {string} folder
 */
function makeFolder(folder) {
  if (existsSync(folder)) return;
  makeFolder(path.dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** @param {string} file */
function discard(file) {
  try {
    rmSync(file, { force: true });
  } catch {
    // The folder is not usable, and the sentence about that is on its way.
  }
}

/**
 * As root, PostgreSQL runs as another user and has to pass through; nothing in it becomes readable.
 * @param {string} dataDir
 */
export function letStoresIn(dataDir) {
  if (process.getuid?.() !== 0) return;
  const { mode } = statSync(dataDir);
  if ((mode & 0o011) !== 0o011) chmodSync(dataDir, (mode & 0o777) | 0o011);
}

/** @param {string} dataDir @param {string} code */
function unusable(dataDir, code) {
  const why = code === 'ENOENT' ? 'no folder can be made there' : (REASONS[code] ?? code);
  return new Refusal(
    `The data folder ${dataDir} cannot be used: ${why}; set TALLYGATE_DATA_DIR to another one.`,
  );
}

/**
 * Writes JSON that only we may read, whole or not at all.
 * @param {string} file
 * @param {unknown} content
 */
export function writePrivately(file, content) {
  const unfinished = `${file}.${process.pid}`;
  try {
    writeFileSync(unfinished, `${JSON.stringify(content, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    renameSync(unfinished, file);
  } catch (error) {
    discard(unfinished);
    throw unusable(path.dirname(file), codeOf(error));
  }
}
