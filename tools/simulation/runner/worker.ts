// A worker of npm run simulate: runs the seeds of a piece one after another and tells each result.
import { runSeed, type SeedResult } from '../run-seed';
import { FAULT_KINDS, type FaultKind } from '../world/faults';
import { type FromWorker, type ToWorker, toWorker } from './messages';

type Piece = Extract<ToWorker, { kind: 'piece' }>;
let isStopping = false;

const tell = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => void process.send?.(message, () => resolve()));

/** A seed that broke something is run again where its schedule was not kept. */
async function run(seed: number, { without, isVerbose }: Piece): Promise<SeedResult> {
  const allowed = new Set<FaultKind>(FAULT_KINDS.filter((kind) => !without.includes(kind)));
  const result = await runSeed({ seed, allowed, isVerbose });
  if (isVerbose || result.violations.length === 0) return result;
  return { ...result, journal: (await runSeed({ seed, allowed, isVerbose: true })).journal };
}

async function runPiece(piece: Piece): Promise<void> {
  for (let seed = piece.from; seed < piece.end && !isStopping; seed += 1) {
    const { faults, reached, violations, ...rest } = await run(seed, piece);
    await tell({
      kind: 'seed',
      result: {
        ...rest,
        faults: [...faults],
        reached: [...reached],
        violations: [...violations],
      },
    });
  }
  // Processes that died in a simulation leave handles behind.
  if (isStopping) process.exit(0);
  await tell({ kind: 'done' });
}

// Ctrl-C reaches the whole group: the parent decides when a worker ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (told: unknown) => {
  const message = toWorker.parse(told);
  if (message.kind === 'piece') void runPiece(message);
  else if (isStopping) process.exit(0);
  else isStopping = true;
});
