// @ts-check
import { aptInstall, mayApt } from './apt.mjs';
import { Refusal, say } from './messages.mjs';
import { findOnPath, isExecutable } from './processes.mjs';

/** Where Debian puts servers, and an ordinary user's PATH does not look. */
const SBIN = '/usr/sbin';

/** What tests and measurements run beside the stores, by the Debian package that has it. */
const PROGRAMS = /** @type {const} */ ({
  haproxy: 'haproxy',
  pgbouncer: 'pgbouncer',
  promtool: 'prometheus',
  prometheus: 'prometheus',
  pg_dump: 'postgresql-client',
});

/** @typedef {keyof typeof PROGRAMS} Program */

/** @param {Program} name @returns {string | null} */
export function findProgram(name) {
  const found = findOnPath([name]);
  if (found !== null) return found;
  return isExecutable(`${SBIN}/${name}`) ? `${SBIN}/${name}` : null;
}

/**
 * A program for them: one that is there, or as root on Debian or Ubuntu from apt-get.
 * Refuses with a sentence.
 * @param {Program} name
 * @returns {Promise<string>}
 */
export async function ensureProgram(name) {
  const found = findProgram(name);
  if (found !== null) return found;
  const debian = PROGRAMS[name];
  if (mayApt()) {
    say(`No ${name} found: getting it with apt-get (TALLYGATE_NO_APT=1 forbids that) …`);
    if (!(await aptInstall(debian))) say(`apt-get could not install ${debian}.`);
  }
  const got = findProgram(name);
  if (got !== null) return got;
  throw new Refusal(`${name} is needed: install it (apt-get install ${debian}).`);
}
