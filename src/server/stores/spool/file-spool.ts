import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Settlement } from '@/server/domain/charge';
import { uuidV7 } from '@/server/domain/ids';
import type { SettlementSpool } from '@/server/domain/ports';
import { GroupCommit } from '@/server/stores/postgres/group-commit';
import { decodeSettlement, encodeSettlement } from './settlement-record';

const BATCH_MAX = 1_000;
const COMPLETE = '.jsonl';
const UNREADABLE = '.unreadable';

/**
 * A spool on disk. What waits while another write is under way shares the next file; a file is
 * complete once it has its name, and never changes after that, so any process of this folder may
 * replay it. Settlements of a killed process are found by the next one.
 */
export function createFileSpool(
  folder: string,
  onDamaged: (error: unknown) => void,
): SettlementSpool {
  const writes = new GroupCommit<Settlement, true>({
    flush: async (settlements) => {
      await writeFile(folder, settlements);
      return settlements.map(() => true as const);
    },
    batchMax: BATCH_MAX,
    isItemFault: () => false,
    subjectOf: (settlement) => settlement.charge.operationId,
  });
  return {
    async put(settlement) {
      await writes.add(settlement);
    },
    async replay(book) {
      let booked = 0;
      for (const name of await completeFiles(folder)) {
        const file = path.join(folder, name);
        const settlements = await readSettlements(file, onDamaged);
        if (settlements === null) continue;
        // All of a file at once: they share the ledger's next transactions.
        await Promise.all(settlements.map(book));
        booked += settlements.length;
        await unlink(file).catch(ignoreMissing);
      }
      return booked;
    },
    async waiting() {
      let lines = 0;
      for (const name of await completeFiles(folder)) {
        lines += (await readSettlements(path.join(folder, name), onDamaged))?.length ?? 0;
      }
      return lines;
    },
  };
}

/** Written, synced, named, and its name synced: only then may an answer leave. */
async function writeFile(folder: string, settlements: readonly Settlement[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = uuidV7();
  const draft = path.join(folder, `${name}.draft`);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(settlements.map((one) => `${encodeSettlement(one)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path.join(folder, `${name}${COMPLETE}`));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function completeFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith(COMPLETE)).sort();
  } catch (error) {
    ignoreMissing(error);
    return [];
  }
}

/** Null when it is gone, or damaged: then it is told and set aside under another name. */
async function readSettlements(
  file: string,
  onDamaged: (error: unknown) => void,
): Promise<Settlement[] | null> {
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

function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
