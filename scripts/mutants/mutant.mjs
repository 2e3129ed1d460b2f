// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Refusal } from '../lib/messages.mjs';

/**
 * A deliberate fault in the money protocol.
 * @typedef {object} Mutant
 * @property {string} name what is wrong then, in words
 * @property {string} breaks the invariants A–F that it endangers
 * @property {string} file where it is planted
 * @property {string} find the text that it takes the place of; stands there exactly once
 * @property {string} replace
 * @property {string} catcher `simulation`, or the test file that has to fail
 */

/**
 * Throws where the list has rotted: every text to replace must be there, and only once.
 * @param {string} root @param {readonly Mutant[]} mutants
 */
export function checkList(root, mutants) {
  const names = new Set();
  for (const { name, file, find } of mutants) {
    if (names.has(name)) throw new Refusal(`Two mutants are named "${name}".`);
    names.add(name);
    const times = readFileSync(path.join(root, file), 'utf8').split(find).length - 1;
    if (times === 1) continue;
    throw new Refusal(
      `Mutant "${name}": its text is ${times} times in ${file}, not once. Mend it in scripts/mutants.`,
    );
  }
}

/**
 * Plants a mutant in the copy. @param {string} copy @param {Mutant} mutant
 * @returns {() => void} takes it out again
 */
export function plant(copy, { file, find, replace }) {
  const target = path.join(copy, file);
  const sound = readFileSync(target, 'utf8');
  writeFileSync(
    target,
    sound.replace(find, () => replace),
  );
  return () => writeFileSync(target, sound);
}
