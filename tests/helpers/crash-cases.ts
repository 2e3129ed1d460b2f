import type { Failpoint } from '@/server/gateway/failpoints';

/** A moment of the protocol at which a process is killed, and what must be left of its request. */
export interface Crash {
  readonly at: Failpoint;
  readonly nth?: number;
  readonly isStream: boolean;
  readonly isNamed: boolean;
  /** Who judges quota; default: Redis. */
  readonly store?: 'postgres';
  /** `refuses`: the answer cannot be had. `unreached`: the first upstream cannot, the second one can. */
  readonly upstream?: 'refuses' | 'unreached';
  /** The charge once a lease has run out; null: there is no row. */
  readonly ends: 'VOIDED' | 'COMMITTED' | null;
  /** How often an upstream was asked before the process died. */
  readonly bought: 0 | 1;
}

const plain = { isStream: false, isNamed: true } as const;
const streamed = { isStream: true, isNamed: true } as const;
const unnamed = { isNamed: false } as const;

export const CRASHES: readonly Crash[] = [
  { at: 'hold_placed', ...plain, ends: null, bought: 0 },
  { at: 'hold_placed', ...streamed, ...unnamed, ends: null, bought: 0 },
  { at: 'row_opened', ...plain, ends: 'VOIDED', bought: 0 },
  { at: 'before_purchase', ...streamed, ends: 'VOIDED', bought: 0 },
  { at: 'upstream_failed', ...plain, upstream: 'unreached', ends: 'VOIDED', bought: 0 },
  { at: 'plain_answered', ...plain, ends: 'VOIDED', bought: 1 },
  { at: 'plain_answered', ...plain, ...unnamed, ends: null, bought: 1 },
  { at: 'answer_stored', ...plain, ends: 'VOIDED', bought: 1 },
  { at: 'answer_stored', ...streamed, ends: 'COMMITTED', bought: 1 },
  { at: 'deducted', ...plain, ends: 'VOIDED', bought: 1 },
  { at: 'deducted', ...plain, ...unnamed, ends: null, bought: 1 },
  { at: 'deducted', ...plain, upstream: 'refuses', ends: 'VOIDED', bought: 1 },
  { at: 'booked', ...plain, ends: 'COMMITTED', bought: 1 },
  { at: 'booked', ...streamed, ends: 'COMMITTED', bought: 1 },
  { at: 'booked', ...plain, upstream: 'refuses', ends: 'VOIDED', bought: 1 },
  { at: 'folded', ...plain, ...unnamed, ends: 'COMMITTED', bought: 1 },
  { at: 'stream_delivered', nth: 3, ...streamed, ends: 'VOIDED', bought: 1 },
  { at: 'hold_raised', ...streamed, ends: 'VOIDED', bought: 1 },
  { at: 'hold_raised', nth: 2, ...streamed, ends: 'COMMITTED', bought: 1 },
  { at: 'slab_checkpointed', nth: 2, ...streamed, ends: 'COMMITTED', bought: 1 },
  { at: 'hold_placed', ...plain, store: 'postgres', ends: 'VOIDED', bought: 0 },
  { at: 'plain_answered', ...plain, ...unnamed, store: 'postgres', ends: 'VOIDED', bought: 1 },
  { at: 'booked', ...plain, store: 'postgres', ends: 'COMMITTED', bought: 1 },
  { at: 'hold_raised', nth: 2, ...streamed, store: 'postgres', ends: 'COMMITTED', bought: 1 },
];

export const nameOf = ({ at, nth, isStream, isNamed, store, upstream }: Crash): string =>
  [
    `${at}${nth === undefined ? '' : ` (${nth})`}`,
    `of a ${isStream ? 'streamed' : 'plain'} request with a trace id of ${isNamed ? 'its client' : 'ours'}`,
    ...(store === undefined ? [] : ['judged by Postgres']),
    ...(upstream === undefined
      ? []
      : [`whose upstream ${upstream === 'refuses' ? 'refuses' : 'is not reached'}`]),
  ].join(' ');

/** Ended by what a checkpoint says: the answer itself was never whole. */
export const isCut = ({ at, ends }: Crash): boolean =>
  ends === 'COMMITTED' && (at === 'slab_checkpointed' || at === 'hold_raised');

/** A moment at which a process stands still past its lease, and what its late wake is told. */
export interface Sleep {
  readonly at: Failpoint;
  readonly nth?: number;
  readonly isStream: boolean;
  readonly ends: 'VOIDED' | 'COMMITTED';
}

export const SLEEPS: readonly Sleep[] = [
  { at: 'plain_answered', isStream: false, ends: 'VOIDED' },
  { at: 'deducted', isStream: false, ends: 'VOIDED' },
  { at: 'slab_checkpointed', nth: 2, isStream: true, ends: 'COMMITTED' },
];
