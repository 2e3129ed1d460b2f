import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { SeedResult } from '../run-seed';
import { fromWorker, type ToWorker } from './messages';
import type { RunOptions } from './options';
import type { SeedRange } from './seed-set';

const WORKER = path.join(import.meta.dirname, 'worker.ts');
/** A dead process of a simulation leaves handles behind: a worker is replaced after so many pieces. */
const PIECES_EACH = 40;

export interface Pool {
  /** Lets every worker end after the seed it is at; `ended` resolves then. */
  stop(): void;
  /** Resolves when every piece was run, or all have stopped. Rejects when a worker dies unasked. */
  readonly ended: Promise<void>;
}

/** Runs the pieces on workers of their own, each piece on one, and hands over each seed's result. */
export function startPool(
  options: Pick<RunOptions, 'workers' | 'without' | 'isVerbose'>,
  pieces: Iterator<SeedRange>,
  onResult: (result: SeedResult) => void,
): Pool {
  const { without, isVerbose } = options;
  const running = new Set<ChildProcess>();
  let isStopping = false;

  /** One worker, from its first piece to its end. */
  const runOne = (first: SeedRange): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(WORKER, { execArgv: ['--import', 'tsx'] });
      let left = PIECES_EACH;
      let isIdle = false;
      const send = (message: ToWorker): void => void child.send(message);
      const give = ([from, end]: SeedRange): void => {
        left -= 1;
        send({ kind: 'piece', from, end, without: [...without], isVerbose });
      };
      running.add(child);
      child.once('error', reject);
      child.on('message', (told) => {
        const message = fromWorker.parse(told);
        if (message.kind === 'seed') return onResult(message.result);
        const next = isStopping || left === 0 ? null : pieces.next();
        if (next !== null && next.done !== true) return give(next.value);
        isIdle = true;
        child.disconnect();
      });
      child.once('exit', (code, signal) => {
        running.delete(child);
        if (isIdle || isStopping) resolve();
        else reject(new Error(`A worker ended with ${signal ?? code}.`));
      });
      give(first);
    });

  const runPlace = async (): Promise<void> => {
    while (!isStopping) {
      const next = pieces.next();
      if (next.done === true) return;
      await runOne(next.value);
    }
  };
  const stop = (): void => {
    isStopping = true;
    for (const child of running) if (child.connected) child.send({ kind: 'stop' });
  };
  const places = Array.from({ length: options.workers }, runPlace);
  return { stop, ended: Promise.all(places).then(() => undefined) };
}
