export type Actor = 'gateways' | 'stores' | 'networks' | 'upstream';
export type Component = 'gateway' | 'Redis' | 'Postgres' | 'simulator';

interface FaultFacts {
  readonly actor: Actor;
  readonly kind: string;
  /** How often its actor picks it, beside the actor's others. */
  readonly weight: number;
  /** How long it lasts, milliseconds: least and most. */
  readonly holdMs: readonly [number, number];
  /** What dies by kill −9. */
  readonly kills?: readonly Component[];
}

const AT_ONCE = [0, 0] as const;
const DOWN_MS = [500, 5_000] as const;
/** Beyond a lease of 30 s: others have ended its charges when it wakes. */
const PAST_LEASE_MS = [33_000, 37_000] as const;
const NETWORK = { actor: 'networks', weight: 1, holdMs: [500, 8_000] } as const;

/** Every fault, and who strikes it. Actors strike at the same time, each one fault after the other. */
export const FAULTS = [
  {
    actor: 'gateways',
    kind: 'gateway killed',
    weight: 12,
    holdMs: [200, 3_000],
    kills: ['gateway'],
  },
  { actor: 'gateways', kind: 'gateway stopped', weight: 4, holdMs: [500, 6_000] },
  { actor: 'gateways', kind: 'gateway stopped past a lease', weight: 1, holdMs: PAST_LEASE_MS },

  { actor: 'stores', kind: 'Redis killed', weight: 4, holdMs: DOWN_MS, kills: ['Redis'] },
  {
    actor: 'stores',
    kind: 'Redis killed, back empty',
    weight: 2,
    holdMs: DOWN_MS,
    kills: ['Redis'],
  },
  {
    actor: 'stores',
    kind: 'Redis killed, back older',
    weight: 2,
    holdMs: DOWN_MS,
    kills: ['Redis'],
  },
  { actor: 'stores', kind: 'Redis stopped', weight: 2, holdMs: [300, 4_000] },
  { actor: 'stores', kind: 'Redis FLUSHALL', weight: 1, holdMs: AT_ONCE },
  { actor: 'stores', kind: 'Redis quota hashes deleted', weight: 2, holdMs: AT_ONCE },
  { actor: 'stores', kind: 'Redis SCRIPT FLUSH', weight: 1, holdMs: AT_ONCE },
  { actor: 'stores', kind: 'Postgres killed', weight: 4, holdMs: DOWN_MS, kills: ['Postgres'] },
  { actor: 'stores', kind: 'Postgres stopped', weight: 1, holdMs: [300, 4_000] },
  { actor: 'stores', kind: 'Postgres backend killed', weight: 1, holdMs: AT_ONCE },
  { actor: 'stores', kind: 'Postgres backends terminated', weight: 1, holdMs: AT_ONCE },
  {
    actor: 'stores',
    kind: 'Postgres and Redis killed',
    weight: 2,
    holdMs: [2_000, 5_000],
    kills: ['Postgres', 'Redis'],
  },

  { ...NETWORK, kind: 'Redis cut off' },
  { ...NETWORK, kind: 'Redis delayed' },
  { ...NETWORK, kind: 'Redis replies lost' },
  { ...NETWORK, kind: 'Redis requests lost' },
  { ...NETWORK, kind: 'Redis silent' },
  { ...NETWORK, kind: 'Postgres cut off' },
  { ...NETWORK, kind: 'Postgres delayed' },
  { ...NETWORK, kind: 'Postgres replies lost' },
  { ...NETWORK, kind: 'Postgres requests lost' },
  { ...NETWORK, kind: 'Postgres silent' },

  {
    actor: 'upstream',
    kind: 'simulator killed',
    weight: 3,
    holdMs: [200, 3_000],
    kills: ['simulator'],
  },
  { actor: 'upstream', kind: 'simulator stopped', weight: 1, holdMs: [300, 5_000] },
] as const satisfies readonly FaultFacts[];

export type FaultKind = (typeof FAULTS)[number]['kind'];

/** How long an actor rests between two faults, milliseconds: least and most. */
export const PAUSE_MS: Readonly<Record<Actor, readonly [number, number]>> = {
  gateways: [2_000, 8_000],
  stores: [2_000, 8_000],
  networks: [4_000, 15_000],
  upstream: [8_000, 20_000],
};

/** What a fault kills with kill −9. */
export function killsOf(kind: FaultKind): readonly Component[] {
  const facts: FaultFacts | undefined = FAULTS.find((fault) => fault.kind === kind);
  return facts?.kills ?? [];
}

/** Whether a fault takes Redis away, empties it, or comes between a gateway and it. */
export const isOfRedis = (kind: FaultKind): boolean => kind.includes('Redis');

/** The same of Postgres. */
export const isOfPostgres = (kind: FaultKind): boolean => kind.includes('Postgres');
