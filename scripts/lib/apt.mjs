// @ts-check
import { readFileSync } from 'node:fs';
import { findOnPath, run } from './processes.mjs';

/** The distribution's id (debian, ubuntu, …), empty elsewhere. */
export function distribution() {
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    return /^ID="?([a-z0-9._-]+)"?$/m.exec(release)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Whether packages may be apt-got here: root on Debian or Ubuntu, and not forbidden. */
export function mayApt() {
  return (
    process.getuid?.() === 0 &&
    !['1', 'true', 'yes'].includes(process.env.TALLYGATE_NO_APT ?? '') &&
    ['debian', 'ubuntu'].includes(distribution()) &&
    findOnPath(['apt-get']) !== null
  );
}

let listsAreFresh = false;

/**
 * Installs one package; false when that does not work (no network, say).
 * @param {string} name
 */
export async function aptInstall(name) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const patience = ['Acquire::Retries=2', 'Acquire::http::Timeout=15', 'DPkg::Lock::Timeout=120'];
  const apt = ['-qq', ...patience.flatMap((option) => ['-o', option])];
  if (!listsAreFresh) {
    listsAreFresh = (await run('apt-get', [...apt, 'update'], { env, quiet: true })) === 0;
  }
  const install = [...apt, 'install', '-y', '--no-install-recommends', name];
  return (await run('apt-get', install, { env, quiet: true })) === 0;
}
