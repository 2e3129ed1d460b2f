import { P99_MS_MAX } from './times';

/** What a load has shown in the end. */
interface Shown {
  readonly answers: number;
  /** Charges that are wrong, and invariants of the books that do not hold. */
  readonly faults: number;
  /** The gateway's own time. */
  readonly p99Ms: number;
}

/** 0 where something was answered, in time, and every charge is right; else 1. */
export const exitCodeOf = ({ answers, faults, p99Ms }: Shown): 0 | 1 =>
  answers > 0 && faults === 0 && p99Ms < P99_MS_MAX ? 0 : 1;
