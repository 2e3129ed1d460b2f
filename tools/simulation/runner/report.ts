import { FAULT_KINDS } from '../world/faults';
import { SITUATIONS } from '../world/situations';
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

/** How many seeds came to each situation, a line for each; last, those that none came to. */
export function coverageOf(tally: Tally): string {
  const never = SITUATIONS.filter((situation) => tally.seedsThatReached(situation) === 0);
  const lines = SITUATIONS.map(
    (situation) => `${String(tally.seedsThatReached(situation)).padStart(8)}  ${situation}`,
  );
  const told =
    never.length === 0
      ? ['every situation was reached']
      : never.map((one) => `never reached: ${one}`);
  return ['seeds that reached', ...lines, ...told].join('\n');
}
