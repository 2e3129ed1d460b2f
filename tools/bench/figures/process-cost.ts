import { readdirSync, readFileSync } from 'node:fs';

/** What Linux counts CPU time in, as every kernel tells its programs. */
const US_PER_TICK = 10_000;

export interface ProcessStat {
  readonly parentPid: number;
  /** User and system time of all its threads, µs. */
  readonly cpuUs: number;
}

/** Reads the text of /proc/<pid>/stat; the name in it may hold blanks and brackets. */
export function parseStat(text: string): ProcessStat {
  // After the name: state, ppid, …; utime and stime are the 14th and 15th of the whole line.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [parentPid = NaN, user = NaN, system = NaN] = [1, 11, 12].map((at) => Number(fields[at]));
  if (Number.isNaN(parentPid + user + system)) {
    throw new Error('/proc/<pid>/stat has too few fields.');
  }
  return { parentPid, cpuUs: (user + system) * US_PER_TICK };
}

/** `VmRSS` of the text of /proc/<pid>/status in bytes; 0 where there is none. */
export function parseRssBytes(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1_024;
}

/** These processes and all that descend from them. */
export function familyOf(
  roots: readonly number[],
  parents: ReadonlyMap<number, number>,
): Set<number> {
  const family = new Set(roots);
  let sizeBefore = 0;
  while (family.size > sizeBefore) {
    sizeBefore = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return family;
}

export interface ProcessCost {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** CPU so far and resident memory of these processes with their children. Linux only. */
export function costOf(roots: readonly number[]): ProcessCost {
  const stats = new Map<number, ProcessStat>();
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const text = readOrNull(`/proc/${pid}/stat`);
    if (text !== null) stats.set(pid, parseStat(text));
  }
  const parents = new Map([...stats].map(([pid, stat]) => [pid, stat.parentPid]));
  let cpuUs = 0;
  let rssBytes = 0;
  for (const pid of familyOf(roots, parents)) {
    cpuUs += stats.get(pid)?.cpuUs ?? 0;
    rssBytes += parseRssBytes(readOrNull(`/proc/${pid}/status`) ?? '');
  }
  return { cpuUs, rssBytes };
}

/** Null for a process that has ended meanwhile. */
function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
