import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Somebody who is not root: ourselves or, as root, `nobody`. Null where that user cannot enter the
 * checkout or run Node, because they lie below root's home.
 */
export function ordinaryUser(): User | null {
  const ourselves = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (ourselves.uid !== 0) return ourselves;
  const rows = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid = 65_534, gid = 65_534] =
    rows.find((row) => row.startsWith('nobody:'))?.split(':') ?? [];
  const nobody = { uid: Number(uid), gid: Number(gid) };
  const enter = ['-c', 'cd "$0" && "$1" -e 0', ROOT, process.execPath];
  return spawnSync('/bin/sh', enter, { cwd: '/', ...nobody }).status === 0 ? nobody : null;
}
