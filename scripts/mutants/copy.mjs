// @ts-check
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../lib/data-dir.mjs';
import { Refusal } from '../lib/messages.mjs';

/**
 * A throwaway copy of the working tree as it stands: what git knows, and new files it does not ignore.
 * @returns {{ folder: string, discard: () => void }}
 */
export function copyTree() {
  const listed = spawnSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (listed.status !== 0) throw new Refusal('npm run mutants needs a git checkout.');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-mutants-'));
  for (const name of listed.stdout.split('\0').filter(Boolean)) {
    const from = path.join(ROOT, name);
    if (!existsSync(from)) continue;
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    copyFileSync(from, path.join(folder, name));
  }
  linkModules(folder);
  return { folder, discard: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A folder of its own with a link to each package: what tools cache there stays in the copy. */
function linkModules(/** @type {string} */ folder) {
  const from = path.join(ROOT, 'node_modules');
  const to = path.join(folder, 'node_modules');
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') && name !== '.bin' && name !== '.package-lock.json') continue;
    symlinkSync(path.join(from, name), path.join(to, name));
  }
}
