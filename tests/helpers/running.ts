import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Command line, environment and working folder, as far as the system tells. */
  readonly marks: string;
}

/** Whether a process runs; one that has ended but was not yet collected does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export const childrenOf = (pid: number): number[] =>
  table()
    .filter((row) => row.parent === pid)
    .map((row) => row.pid);

export const groupOf = (pid: number): number | undefined =>
  table().find((row) => row.pid === pid)?.group;

/** Whatever runs with this text in its command line, environment or working folder. */
export const processesWith = (text: string): number[] =>
  table()
    .filter((row) => row.marks.includes(text) && isRunning(row.pid))
    .map((row) => row.pid);

function table(): Row[] {
  return process.platform === 'linux' ? fromProc() : fromPs();
}

/** Containers often lack `ps`. */
function fromProc(): Row[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    // The name in parentheses may hold spaces; state, parent and group follow it.
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const marks = [
      attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')),
      attempt(() => readFileSync(`/proc/${pid}/environ`, 'utf8')),
      attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    ];
    if (parent === undefined) return [];
    return [
      { pid: Number(pid), parent: Number(parent), group: Number(group), marks: marks.join('\0') },
    ];
  });
}

function fromPs(): Row[] {
  const args = ['-A', '-ww', '-o', 'pid=,ppid=,pgid=,command='];
  const ps = spawnSync('ps', args, { encoding: 'utf8' });
  return ps.stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, marks = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
    const isSelf = Number(pid) === ps.pid;
    if (pid === undefined || isSelf) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), marks }];
  });
}

/** A process may end, or be another user's, while it is looked at. */
function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
