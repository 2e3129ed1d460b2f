import { mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Settlement } from '@/server/domain/charge';
import { uuidV7 } from '@/server/domain/ids';
import { decodeSettlement, encodeSettlement } from './settlement-record';

const DRAFT = '.draft';
/** Writing one takes an instant; whoever began one so long ago is dead. */
const DRAFT_MS_MAX = 3_600_000;
const COMPLETE = '.jsonl';
const UNREADABLE = '.unreadable';
const TAKEN_BACK = '.taken-back';

/** What lies in a spool's folder. */
export interface SpoolListing {
  /** Complete files, oldest first. */
  readonly names: readonly string[];
  /** Lines that were taken back, by file. */
  readonly takenBack: ReadonlyMap<string, readonly number[]>;
  /** Files that are being written, or never were to their end. */
  readonly drafts: readonly string[];
}

/** Written, synced, named, and its name synced: only then may an answer leave. Gives the name. */
export async function writeSpoolFile(
  folder: string,
  settlements: readonly Settlement[],
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = uuidV7();
  const draft = path.join(folder, `${name}${DRAFT}`);
  const lines = settlements.map((one) => `${encodeSettlement(one)}\n`);
  try {
    await writeDraft(draft, lines.join(''));
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
  await rename(draft, path.join(folder, `${name}${COMPLETE}`));
  await syncNames(folder);
  return `${name}${COMPLETE}`;
}

async function writeDraft(draft: string, text: string): Promise<void> {
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes what a killed process began: it has no name, so no answer left for what is in it. */
export async function dropDeadDrafts(folder: string, drafts: readonly string[]): Promise<void> {
  for (const name of drafts) {
    const draft = path.join(folder, name);
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Number.NaN }));
    if (Date.now() - mtimeMs > DRAFT_MS_MAX) await unlink(draft).catch(ignoreMissing);
  }
}

/** Says durably, beside a file that never changes, that one of its lines counts no more. */
export async function markTakenBack(folder: string, name: string, line: number): Promise<void> {
  const mark = await open(path.join(folder, markOf(name, line)), 'w', 0o600);
  await mark.close();
  await syncNames(folder);
}

const markOf = (name: string, line: number): string => `${name}.${line}${TAKEN_BACK}`;

async function syncNames(folder: string): Promise<void> {
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export async function listSpool(folder: string): Promise<SpoolListing> {
  const takenBack = new Map<string, number[]>();
  let found: string[] = [];
  try {
    found = await readdir(folder);
  } catch (error) {
    ignoreMissing(error);
  }
  for (const mark of found.filter((name) => name.endsWith(TAKEN_BACK))) {
    const [, name = '', line = ''] = /^(.+)\.(\d+)$/.exec(mark.slice(0, -TAKEN_BACK.length)) ?? [];
    takenBack.set(name, [...(takenBack.get(name) ?? []), Number(line)]);
  }
  return {
    names: found.filter((name) => name.endsWith(COMPLETE)).sort(),
    takenBack,
    drafts: found.filter((name) => name.endsWith(DRAFT)),
  };
}

/** Null when it is gone, or damaged: then it is told and set aside under another name. */
export async function readSpoolFile(
  folder: string,
  name: string,
  onDamaged: (error: unknown) => void,
): Promise<Settlement[] | null> {
  const file = path.join(folder, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
  try {
    return text.split('\n').filter(Boolean).map(decodeSettlement);
  } catch (error) {
    onDamaged(error);
    await rename(file, `${file}${UNREADABLE}`).catch(ignoreMissing);
    return null;
  }
}

/** Another process of the folder may have been quicker. */
export async function removeSpoolFile(
  folder: string,
  name: string,
  takenBack: readonly number[],
): Promise<void> {
  await unlink(path.join(folder, name)).catch(ignoreMissing);
  for (const line of takenBack) {
    await unlink(path.join(folder, markOf(name, line))).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
