import { describe, expect, test } from 'vitest';
import { FAULTS, isOfPostgres, killsOf } from '../../tools/chaos/faults/kinds';
import { type PlanOptions, planOf, type Step } from '../../tools/chaos/faults/plan';
import { Random } from '../../tools/chaos/random';

const ACTORS = ['gateways', 'stores', 'networks', 'upstream'] as const;

function steps(
  actor: (typeof ACTORS)[number],
  options: Partial<PlanOptions>,
  count: number,
): Step[] {
  const taken: Step[] = [];
  for (const step of planOf(actor, { seed: 1, burst: 1, gateways: 2, ...options })) {
    if (taken.push(step) === count) break;
  }
  return taken;
}

describe('the plan of a chaos run', () => {
  test('is the same for the same seed and burst', () => {
    for (const actor of ACTORS) {
      expect(steps(actor, { seed: 7 }, 100)).toEqual(steps(actor, { seed: 7 }, 100));
    }
  });

  test('is another for another seed, and for another burst', () => {
    expect(steps('stores', { seed: 8 }, 20)).not.toEqual(steps('stores', { seed: 7 }, 20));
    expect(steps('stores', { burst: 2 }, 20)).not.toEqual(steps('stores', { burst: 1 }, 20));
  });

  test('strikes every fault that there is', () => {
    const struck = new Set(
      ACTORS.flatMap((actor) => steps(actor, {}, 500)).map(({ kind }) => kind),
    );
    expect([...struck].sort()).toEqual(FAULTS.map(({ kind }) => kind).sort());
  });

  test('leaves Postgres alone in every third burst', () => {
    const third = ACTORS.flatMap((actor) => steps(actor, { burst: 3 }, 300));
    expect(third.filter(({ kind }) => isOfPostgres(kind))).toEqual([]);
  });

  test('kills gateways, Redis and Postgres more than 150 times an hour, quiet times included', () => {
    // What a kill needs beyond its hold: a process that starts, under load.
    const startMs = 6_000;
    const [burstMs, cycleMs] = [120_000, 120_000 + 180_000];
    const inBurst = (actor: (typeof ACTORS)[number], burst: number): number => {
      let atMs = 0;
      let kills = 0;
      for (const step of planOf(actor, { seed: 1, burst, gateways: 2 })) {
        atMs += step.pauseMs;
        if (atMs >= burstMs) break;
        const killed = killsOf(step.kind).length;
        kills += killed;
        atMs += step.holdMs + (killed > 0 ? startMs : 0);
      }
      return kills;
    };
    const bursts = Math.floor(3_600_000 / cycleMs);
    const kills = Array.from({ length: bursts }, (_, index) => index + 1).reduce(
      (sum, burst) => sum + inBurst('gateways', burst) + inBurst('stores', burst),
      0,
    );
    expect(kills).toBeGreaterThanOrEqual(150);
  });
});

describe('seeded random numbers', () => {
  test("an actor's stream does not depend on what others draw", () => {
    const alone = Random.of(5, 'gateways');
    const beside = Random.of(5, 'gateways');
    const other = Random.of(5, 'stores');
    const drawn = Array.from({ length: 50 }, () => alone.next());
    const interleaved = Array.from({ length: 50 }, () => {
      other.next();
      return beside.next();
    });
    expect(interleaved).toEqual(drawn);
    expect(Random.of(5, 'stores').next()).not.toBe(drawn[0]);
  });
});
