import { FAULT_KINDS } from '../world/faults';
import type { Tally } from './tally';

export interface RunFigures {
  /** Seeds of this run. */
  readonly ran: number;
  readonly seconds: number;
  readonly exitCode: number;
}

/** What a run came to: its own seeds and rate, then all that its state knows of. */
export function summaryOf(tally: Tally, { ran, seconds, exitCode }: RunFigures): string {
  const faults = FAULT_KINDS.map((kind) => `${kind} ${tally.seedsWith(kind)}`);
  const rate = (ran / Math.max(seconds, 0.001)).toFixed(1);
  const verdict = { 0: 'no invariant broken', 1: 'AN INVARIANT BROKE' }[exitCode] ?? 'broken off';
  return [
    `faults, by the seeds that have them: ${faults.join(', ')}`,
    `${ran} seeds in ${seconds.toFixed(0)} s, ${rate} seeds a second; in all ${tally.seeds} seeds, ${tally.steps} steps; ${verdict}`,
  ].join('\n');
}
