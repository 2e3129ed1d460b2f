// @ts-check
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { halfMadePrefix } from './postgres-cluster.mjs';
import { commandLine, endProcess, findProcesses, isAlive, pidsOnLinux } from './processes.mjs';

const NOTICE_MS = 5_000;

/**
 * The postmaster that a cluster's lock file names, when it is alive and really this cluster's.
 * @param {string} cluster
 * @returns {{ pid: number, port: number } | null}
 */
export function runningPostmaster(cluster) {
  const lockFile = path.join(cluster, 'postmaster.pid');
  const holder = lockHolder(lockFile);
  return isAlive(holder.pid) && commandLine(holder.pid).includes(cluster) ? holder : null;
}

/** @param {string} lockFile @returns {{ pid: number, port: number }} zeros: unknown */
function lockHolder(lockFile) {
  const text = existsSync(lockFile) ? readFileSync(lockFile, 'utf8') : '';
  const [pidLine = '', , , portLine = ''] = text.split('\n');
  return { pid: Number.parseInt(pidLine, 10) || 0, port: Number.parseInt(portLine, 10) || 0 };
}

/**
 * Clears up after a killed postmaster. Its backends, which notice by themselves, are waited for:
 * only then is the lock file void. PostgreSQL alone would be misled by a zombie or a reused pid.
 * @param {string} cluster of which no postmaster is running
 */
export async function clearLeftovers(cluster) {
  const lockFile = path.join(cluster, 'postmaster.pid');
  // Elsewhere its processes cannot be told, and PostgreSQL itself finds out about a dead pid.
  const isDead = !isAlive(lockHolder(lockFile).pid);
  if (process.platform !== 'linux' && isDead) return;
  const deadline = Date.now() + NOTICE_MS;
  while (survivors(cluster).length > 0 && Date.now() < deadline) await sleep(50);
  await Promise.all(survivors(cluster).map((pid) => endProcess(pid, [['SIGKILL', 2_000]])));
  rmSync(lockFile, { force: true });
}

/**
 * Clears up after a start that was killed while it made a cluster: its initdb works on without it.
 * @param {string} cluster
 */
export async function clearHalfMade(cluster) {
  const prefix = halfMadePrefix(cluster);
  for (const name of readdirSync(path.dirname(prefix))) {
    const file = path.join(path.dirname(prefix), name);
    if (!file.startsWith(prefix)) continue;
    const makers = [...findProcesses((command) => command.includes(file)), ...survivors(file)];
    await Promise.all(makers.map((pid) => endProcess(pid, [['SIGKILL', 2_000]])));
    await discard(file);
  }
}

/** A helper of initdb that we could not see may write for a moment longer. @param {string} folder */
async function discard(folder) {
  for (let tries = 20; tries > 0 && existsSync(folder); tries -= 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      await sleep(100);
    }
  }
}

/**
 * A cluster's processes, by their working folder; only Linux tells.
 * @param {string} cluster
 */
function survivors(cluster) {
  if (process.platform !== 'linux') return [];
  return pidsOnLinux().filter((pid) => worksIn(pid, cluster) && isAlive(pid));
}

/** @param {number} pid @param {string} folder */
function worksIn(pid, folder) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}
