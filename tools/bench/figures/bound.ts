export interface Bound {
  readonly kind: 'most' | 'least';
  readonly value: number;
  /** Absent: a ratio. */
  readonly unit?: 's' | 'ms';
}

export const most = (value: number): Bound => ({ kind: 'most', value });
export const least = (value: number): Bound => ({ kind: 'least', value });

export type Verdict = 'ok' | 'short' | 'reported' | 'not measured';

/** A row of the target table: mostly a ratio of two figures against its bound. */
export interface TargetRow {
  readonly title: string;
  readonly bound: Bound;
  /** Null where a figure is missing. */
  readonly value: number | null;
  /** What the ratio is of, with its unit; null where it is no ratio, or nothing was measured. */
  readonly of: readonly [string, string] | null;
  readonly verdict: Verdict;
}

/** `reported`: this machine cannot show it. */
export function judge(value: number | null, bound: Bound, isJudged = true): Verdict {
  if (value === null || !Number.isFinite(value)) return 'not measured';
  if (!isJudged) return 'reported';
  const isMet = bound.kind === 'most' ? value <= bound.value : value >= bound.value;
  return isMet ? 'ok' : 'short';
}

/** Null where either is missing or there is nothing to divide by. */
export const quotient = (value: number | null, by: number | null): number | null =>
  value === null || by === null || by === 0 ? null : value / by;

export interface RatioOf {
  readonly title: string;
  readonly bound: Bound;
  readonly own: number | null;
  readonly against: number | null;
  readonly unit: string;
  /** False: this machine cannot show it. */
  readonly isJudged?: boolean;
}

/** The row of a ratio, with both of its figures. */
export function ratioRow({ title, bound, own, against, unit, isJudged }: RatioOf): TargetRow {
  const value = quotient(own, against);
  const of: TargetRow['of'] =
    own === null || against === null ? null : [textOf(own, unit), textOf(against, unit)];
  return { title, bound, value, of, verdict: judge(value, bound, isJudged) };
}

/** Three digits are enough to divide by hand. */
function textOf(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  const figure = value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return `${figure} ${unit}`;
}
