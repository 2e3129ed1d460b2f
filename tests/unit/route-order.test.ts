import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { UpstreamRoute } from '@/server/domain/ports';
import { createRouteOrder } from '@/server/upstream/route-order';
import { routeTo } from '../helpers/route';

const route = (upstream: string, fields: Partial<UpstreamRoute> = {}) =>
  routeTo('http://127.0.0.1:1/v1', { upstream, ...fields });
const names = (routes: readonly UpstreamRoute[]) => routes.map(({ upstream }) => upstream);

/** Repeats the same numbers at every run. */
function dice(): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe('the order to try upstreams in', () => {
  test('is by priority first, lower before higher, whatever the weights', () => {
    const { order } = createRouteOrder(() => 0, dice());
    const routes = [
      route('c', { priority: 2, weight: 1_000 }),
      route('a', { priority: 0, weight: 1 }),
      route('b', { priority: 1, weight: 100 }),
    ];
    for (let i = 0; i < 50; i += 1) expect(names(order(routes))).toEqual(['a', 'b', 'c']);
  });

  test('shares the first place by weight among equals', () => {
    const { order } = createRouteOrder(() => 0, dice());
    const routes = [route('a', { weight: 3 }), route('b', { weight: 1 })];
    let first = 0;
    for (let i = 0; i < 4_000; i += 1) if (order(routes)[0]?.upstream === 'a') first += 1;
    expect(first / 4_000).toBeGreaterThan(0.72);
    expect(first / 4_000).toBeLessThan(0.78);
  });

  test('a weight of nothing still serves when nobody else does', () => {
    const { order } = createRouteOrder(() => 0, dice());
    const routes = [route('idle', { weight: 0 }), route('busy', { weight: 1 })];
    for (let i = 0; i < 200; i += 1) expect(names(order(routes))).toEqual(['busy', 'idle']);
    expect(names(order([route('idle', { weight: 0 })]))).toEqual(['idle']);
  });

  test('tries one that failed last, for five seconds or until it succeeds', () => {
    let now = 0;
    const { order, failed, succeeded } = createRouteOrder(() => now, dice());
    const routes = [route('a', { priority: 0 }), route('b', { priority: 1 })];
    failed('a');
    expect(names(order(routes))).toEqual(['b', 'a']);
    now = 4_999;
    expect(names(order(routes))).toEqual(['b', 'a']);
    now = 5_000;
    expect(names(order(routes))).toEqual(['a', 'b']);
    failed('a');
    succeeded('a');
    expect(names(order(routes))).toEqual(['a', 'b']);
  });

  test('when all have failed, all are tried in their usual order', () => {
    const { order, failed } = createRouteOrder(() => 0, dice());
    const routes = [route('b', { priority: 1 }), route('a', { priority: 0 })];
    for (const name of ['a', 'b']) failed(name);
    expect(names(order(routes))).toEqual(['a', 'b']);
  });

  test('loses and doubles none, and leaves the list it was given alone', () => {
    const some = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(
        some,
        fc.array(fc.nat({ max: 3 })),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (upstreams, figures, chance) => {
          const { order } = createRouteOrder(
            () => 0,
            () => chance,
          );
          const routes = upstreams.map((name, i) =>
            route(name, { weight: figures[i] ?? 0, priority: figures[i + 1] ?? 0 }),
          );
          const given = names(routes);
          expect(names(order(routes)).sort()).toEqual([...given].sort());
          expect(names(routes)).toEqual(given);
        },
      ),
    );
  });
});
