import os from 'node:os';
import { parseOptions } from '../../parse-options';
import { FAULT_KINDS, type FaultKind } from '../world/faults';

export interface RunOptions {
  readonly from: number;
  /** The first seed after the range. */
  readonly end: number;
  readonly workers: number;
  readonly statePath: string | null;
  readonly without: readonly FaultKind[];
  readonly isVerbose: boolean;
  readonly showsCoverage: boolean;
}

const SEEDS_DEFAULT = 2_000;
const WORKERS_MAX = 64;
const SEED_MAX = 999_999_999;

/**
 * The options of a run from its command line. Throws an Error that says what an option must be; one
 * that is not known, given twice over or without its value is refused as well.
 */
export function readOptions(args: readonly string[]): RunOptions {
  const { values } = parseOptions({
    args: [...args],
    options: {
      from: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string' },
      state: { type: 'string' },
      workers: {
        type: 'string',
        default: String(Math.min(os.availableParallelism(), WORKERS_MAX)),
      },
      without: { type: 'string', multiple: true, default: [] },
      verbose: { type: 'boolean', default: false },
      coverage: { type: 'boolean', default: false },
    },
  });
  const { seed, from, seeds, state } = values;
  if (seed !== undefined && (from !== undefined || seeds !== undefined)) {
    throw new Error('--seed is one seed: leave out --from and --seeds.');
  }
  if (state === '') throw new Error('--state must name a file.');
  const first = wholeNumber('from', seed ?? from ?? '0', 0, SEED_MAX);
  const count = seed === undefined ? seeds : '1';
  return {
    from: first,
    end: first + wholeNumber('seeds', count ?? String(SEEDS_DEFAULT), 1, SEED_MAX),
    workers: wholeNumber('workers', values.workers, 1, WORKERS_MAX),
    statePath: state ?? null,
    without: values.without.map(faultKind).toSorted(),
    isVerbose: values.verbose,
    showsCoverage: values.coverage,
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}; it is "${text}".`);
}

function faultKind(text: string): FaultKind {
  const kind = FAULT_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new Error(`--without knows no fault "${text}"; there are: ${FAULT_KINDS.join(', ')}.`);
}
