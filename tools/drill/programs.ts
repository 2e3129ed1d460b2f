import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** Where Debian's and Ubuntu's packages put each major version. */
const DEBIAN = '/usr/lib/postgresql';

export interface DumpPrograms {
  readonly dump: string;
  readonly restore: string;
  /** The newest server that they can read. */
  readonly major: number;
}

/** The newest pg_dump with its pg_restore, on the PATH or among Debian's packages; null: none. */
export function findDumpPrograms(env: NodeJS.ProcessEnv = process.env): DumpPrograms | null {
  const onPath = (env.PATH ?? '').split(path.delimiter);
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).map((major) => path.join(DEBIAN, major, 'bin'))
    : [];
  const found = [...debian, ...onPath].filter(Boolean).flatMap(programsIn);
  return found.sort((a, b) => b.major - a.major)[0] ?? null;
}

function programsIn(folder: string): DumpPrograms[] {
  const [dump, restore] = [path.join(folder, 'pg_dump'), path.join(folder, 'pg_restore')];
  if (!existsSync(dump) || !existsSync(restore)) return [];
  const said = spawnSync(dump, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const major = Number(/ (\d+)/.exec(said)?.[1] ?? 0);
  return major > 0 ? [{ dump, restore, major }] : [];
}

/** What to install for a server of this major version. */
export const howToGetPrograms = (major: number): string =>
  `install PostgreSQL's client programs of version ${major} or newer (apt-get install postgresql-client-${major}; Debian's own are older than that where apt.postgresql.org is not set up)`;

/**
 * Runs one of them on a database. The password goes by the environment: arguments can be read by
 * everybody on the machine. Throws with its last words.
 */
export async function runOnDatabase(
  program: string,
  args: readonly string[],
  databaseUrl: string,
): Promise<void> {
  const url = new URL(databaseUrl);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const child = spawn(program, [...args, `--dbname=${url.href}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LC_ALL: 'C', PGPASSWORD: password },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code === 0) return;
  throw new Error(`${path.basename(program)} failed: ${complaint.trim().split('\n').at(-1) ?? ''}`);
}
