/**
 * What is measured without any server. settle-hot, settle-1000: settlements of one tenant and of a
 * thousand through the ledger's group commit. settle-each: one transaction each, as anyone would
 * write it first. quota: check, admit, deduct and fold through Redis. count-ours and
 * count-js-tiktoken: tokens of mixed text. count-long: 1 MB of one character.
 */
export const PARTS = {
  stores: ['settle-hot', 'settle-1000', 'settle-each', 'quota'],
  counting: ['count-ours', 'count-js-tiktoken', 'count-long'],
} as const;
export type PartGroup = keyof typeof PARTS;
export const PART_GROUPS = ['stores', 'counting'] as const satisfies readonly PartGroup[];
export type StorePart = (typeof PARTS.stores)[number];
export type CountingPart = (typeof PARTS.counting)[number];
export type PartName = StorePart | CountingPart;

/** So much of one part. */
export interface PartJob {
  readonly part: PartName;
  readonly forMs: number;
}

export interface PartResult {
  /** Settlements, admitted requests, or tokens. */
  readonly count: number;
  /** By the clock; of mixed text, which never waits, by the processor's. */
  readonly tookMs: number;
  /** User and system time of the process, µs. */
  readonly cpuUs: number;
  /** Longest time that the event loop stood still; null where nobody looked. */
  readonly blockedMs: number | null;
}
