import type { Dice } from './random';

/** What can go wrong in a seed, by name; `--without` chooses among them. */
export const FAULT_KINDS = [
  'crash',
  'host-away',
  'drain',
  'freeze',
  'clock-skew',
  'client-leaves',
  'upstream-fails',
  'upstream-lies',
  'redis-slow',
  'redis-late',
  'redis-lost',
  'redis-twice',
  'redis-cut',
  'redis-away',
  'redis-restart-empty',
  'redis-rollback',
  'redis-flush',
  'redis-lose-hash',
  'redis-lose-operations',
  'postgres-slow',
  'postgres-late',
  'postgres-lost',
  'postgres-away',
  'postgres-cut',
  'postgres-locked',
  'disk-full',
  'poison',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export type FaultSet = ReadonlySet<FaultKind>;

/** Which faults a seed has: none, one alone, or a handful that meet. */
export function drawFaults(dice: Dice, allowed: FaultSet): FaultSet {
  const kinds = FAULT_KINDS.filter((kind) => allowed.has(kind));
  const shape = dice.next();
  const chosen = new Set<FaultKind>();
  if (shape < 0.1 || kinds.length === 0) return chosen;
  if (shape < 0.3) return chosen.add(dice.pick(kinds));
  const share = shape < 0.8 ? 0.2 : 0.5;
  for (const kind of kinds) if (dice.chance(share)) chosen.add(kind);
  return chosen;
}

/** Faults after which Redis may no longer know, or never be told, what is held. */
const BLINDING: readonly FaultKind[] = [
  'freeze',
  'redis-late',
  'redis-lost',
  'redis-cut',
  'redis-away',
  'redis-restart-empty',
  'redis-rollback',
  'redis-flush',
  'redis-lose-operations',
];

const has = (faults: FaultSet, kinds: readonly FaultKind[]): boolean =>
  kinds.some((kind) => faults.has(kind));

const LOSING: readonly FaultKind[] = ['redis-restart-empty', 'redis-rollback', 'redis-flush'];

/** Whether a settlement that no disk took may be lost with the Redis that took it. */
export const mayLoseSpool = (faults: FaultSet): boolean =>
  faults.has('disk-full') && has(faults, LOSING);

/** Whether a process may be unable to reach a spool for so long that others end its charges. */
export const mayHideSpool = (faults: FaultSet): boolean =>
  has(faults, ['crash', 'host-away', 'freeze', 'postgres-cut']);

/** Whether Redis may come back with an older reading of the ledger than it has had. */
export const isForgetful = (faults: FaultSet): boolean =>
  has(faults, LOSING) && has(faults, ['redis-late', 'redis-twice']);

/** Whether no limit and no balance may be passed in a seed, not even by the holds in flight. */
export const isStrict = (faults: FaultSet): boolean =>
  !has(faults, BLINDING) && !faults.has('upstream-lies');
