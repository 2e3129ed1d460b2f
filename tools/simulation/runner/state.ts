import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SeedSet } from './seed-set';
import { Tally } from './tally';

/** What has been run, over all runs with one state file. */
export interface RunState {
  readonly done: SeedSet;
  readonly tally: Tally;
}

const counts = z.record(z.string(), z.number().int().min(0));
const saved = z.object({
  without: z.array(z.string()),
  done: z.array(z.tuple([z.number().int(), z.number().int()])),
  tally: z.object({ seeds: z.number(), steps: z.number(), faults: counts, reached: counts }),
});

/**
 * Reads what earlier runs have done; an empty state where there is no file. Throws where the file is
 * none of ours, or of a run with other faults: its seeds were other worlds.
 */
export function loadState(path: string | null, without: readonly string[]): RunState {
  if (path === null || !existsSync(path)) return { done: new SeedSet(), tally: new Tally() };
  const read = saved.safeParse(parsed(readFileSync(path, 'utf8')));
  if (!read.success) throw new Error(`${path} is no state of npm run simulate; remove it.`);
  const { data } = read;
  if (data.without.join() !== without.join()) {
    throw new Error(`${path} is of a run with other --without; give the same, or another --state.`);
  }
  return { done: new SeedSet(data.done), tally: new Tally(data.tally) };
}

/** Writes it as a whole: whoever ends this process midway leaves the file as it was. */
export function saveState(
  path: string | null,
  without: readonly string[],
  { done, tally }: RunState,
): void {
  if (path === null) return;
  const besides = `${path}.${process.pid}.new`;
  writeFileSync(besides, JSON.stringify({ without, done, tally }));
  renameSync(besides, path);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
