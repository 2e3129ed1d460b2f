import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { listSpool } from '../../../src/server/stores/spool/spool-files';
import { type Finding, reporter } from '../finding';

const report = reporter('disk');

const FREE_WARN_BYTES = 2_000_000_000;
const FREE_FAIL_BYTES = 200_000_000;
const GIGA = 1_000_000_000;

/** The folder that settlements go to while Postgres is away: room, rights, and what waits there. */
export async function checkDisk(dataDir: string): Promise<Finding[]> {
  if (!existsSync(dataDir)) {
    const says = `there is no ${dataDir}`;
    return [
      report.warn(
        says,
        'Let TALLYGATE_DATA_DIR name a folder on a volume that outlives the process',
      ),
    ];
  }
  if (!statSync(dataDir).isDirectory()) {
    return [report.fail(`${dataDir} is no folder`, 'Let TALLYGATE_DATA_DIR name one')];
  }
  return [space(dataDir), ...rights(dataDir), ...(await backlog(path.join(dataDir, 'spool')))];
}

function space(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  const says = `${(freeBytes / GIGA).toFixed(1)} GB free in ${dataDir}`;
  if (freeBytes >= FREE_WARN_BYTES) return report.ok(says);
  const mend = 'Free some, or move TALLYGATE_DATA_DIR: settlements go there while Postgres is away';
  return freeBytes >= FREE_FAIL_BYTES ? report.warn(says, mend) : report.fail(says, mend);
}

function rights(dataDir: string): Finding[] {
  try {
    accessSync(dataDir, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [report.fail(`${dataDir} is not ours to write`, 'chown it to the user of the server')];
  }
}

async function backlog(folder: string): Promise<Finding[]> {
  if (!existsSync(folder)) return [report.ok('nothing waits in the spool')];
  const damaged = readdirSync(folder).filter((name) => name.endsWith('.unreadable'));
  const waiting = await countWaiting(folder);
  return [
    waiting === 0
      ? report.ok('nothing waits in the spool')
      : report.warn(
          `${waiting} settlements wait in ${folder}`,
          'Start an instance over this folder, with Postgres in reach: it books them at once',
        ),
    ...(damaged.length === 0 ? [] : [unreadable(damaged.length, folder)]),
  ];
}

/** Lines alone, unread: what reads them for real also sets damaged ones aside. */
async function countWaiting(folder: string): Promise<number> {
  const { names, takenBack } = await listSpool(folder);
  return names.reduce((sum, name) => {
    const lines = readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean);
    return sum + lines.length - (takenBack.get(name)?.length ?? 0);
  }, 0);
}

const unreadable = (files: number, folder: string): Finding =>
  report.fail(
    `${files} files in ${folder} could not be read`,
    'See docs/recovery.md; book what they say by an adjustment, then take them away',
  );
