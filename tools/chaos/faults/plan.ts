import { Random } from '../random';
import { type Actor, FAULTS, type FaultKind, isOfPostgres, PAUSE_MS } from './kinds';

/** One fault to come: rest, strike, hold, mend. */
export interface Step {
  readonly pauseMs: number;
  readonly kind: FaultKind;
  readonly holdMs: number;
  /** Which of the gateways, or whose network. */
  readonly gateway: number;
}

export interface PlanOptions {
  readonly seed: number;
  /** Counted from 1; each burst has a plan of its own. */
  readonly burst: number;
  readonly gateways: number;
}

type Choice = (typeof FAULTS)[number];

/** In every third burst Postgres is left alone, so that leases are also swept under load. */
const spares = (burst: number, kind: FaultKind): boolean => burst % 3 === 0 && isOfPostgres(kind);

/** What one actor will do in a burst, without an end. The same options give the same steps. */
export function* planOf(
  actor: Actor,
  { seed, burst, gateways }: PlanOptions,
): Generator<Step, never> {
  const random = Random.of(seed, `${burst}/${actor}`);
  const choices = FAULTS.filter((fault) => fault.actor === actor && !spares(burst, fault.kind));
  for (;;) {
    const pauseMs = random.between(...PAUSE_MS[actor]);
    const { kind, holdMs } = weighted(choices, random);
    const gateway = random.between(0, gateways - 1);
    yield { pauseMs, kind, holdMs: random.between(holdMs[0], holdMs[1]), gateway };
  }
}

function weighted(choices: readonly Choice[], random: Random): Choice {
  let left = random.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  throw new Error('Nothing to pick from');
}
