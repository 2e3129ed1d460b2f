import { describe, expect, test } from 'vitest';
import { CONVERGENCE_MS_MAX, ConvergenceWatch } from '../../tools/chaos/watch/convergence';
import { fallbackFaults } from '../../tools/chaos/watch/fallback';
import { FaultLog, ofGateway, ofRedis, ofStores } from '../../tools/chaos/watch/fault-log';
import { overrunOf } from '../../tools/chaos/watch/leases';

const step = (kind: Parameters<FaultLog['strike']>[0]['kind'], gateway = 0) => ({
  kind,
  gateway,
  pauseMs: 0,
  holdMs: 0,
});

describe('what is whole, and since when', () => {
  test('nothing is while a fault that concerns it is open', () => {
    const faults = new FaultLog();
    const mended = faults.strike(step('Redis killed'), 0, 100);
    expect(faults.wholeSinceMs(ofRedis)).toBeNull();
    expect(faults.wholeSinceMs(ofGateway(0))).toBe(0);
    mended(500);
    expect(faults.wholeSinceMs(ofRedis)).toBe(500);
    expect(faults.wholeSinceMs(ofStores)).toBe(500);
  });
});

describe('convergence', () => {
  const at = (inPostgres: bigint, inRedis: bigint | null) => [
    { tenantId: 'alice', inPostgres, inRedis },
  ];

  test('is measured from the stores being whole to the version that was then in Postgres', () => {
    const watch = new ConvergenceWatch();
    expect(watch.take(at(5n, 3n), 1_000, 1_500)).toEqual([]);
    // Traffic moves Postgres on meanwhile; what counts is that the hash has caught up with then.
    expect(watch.take(at(9n, 5n), 1_000, 4_000)).toEqual([]);
    expect(watch.longestMs).toBe(3_000);
    watch.take(at(9n, 9n), 1_000, 60_000);
    expect(watch.longestMs).toBe(3_000);
  });

  test('that takes longer than allowed is a violation', () => {
    const watch = new ConvergenceWatch();
    watch.take(at(5n, 3n), 1_000, 1_500);
    expect(watch.take(at(5n, 4n), 1_000, 1_000 + CONVERGENCE_MS_MAX)).toEqual([]);
    const [late] = watch.take(at(5n, 4n), 1_000, 1_001 + CONVERGENCE_MS_MAX);
    expect(late).toContain('alice is at version 4 of 5, 60001 ms after the stores were back');
  });

  test('begins anew when a store was struck again', () => {
    const watch = new ConvergenceWatch();
    watch.take(at(5n, 3n), 1_000, 1_500);
    expect(watch.take(at(5n, 3n), 70_000, 70_100)).toEqual([]);
  });

  test('a hash that is not there has nothing to catch up with', () => {
    const watch = new ConvergenceWatch();
    watch.take(at(5n, 3n), 1_000, 1_500);
    expect(watch.take(at(5n, null), 1_000, 200_000)).toEqual([]);
    expect(watch.take(at(5n, null), 1_000, 300_000)).toEqual([]);
  });
});

describe('leases', () => {
  test('an overrun counts while Postgres and a gateway are whole', () => {
    const faults = new FaultLog();
    expect(overrunOf(1_000, faults, 2, 100_000)).toBe(99_000);
    faults.strike(step('Postgres killed'), 0, 20_000)(30_000);
    expect(overrunOf(1_000, faults, 2, 100_000)).toBe(70_000);
    faults.strike(step('gateway killed', 0), 0, 40_000)(50_000);
    expect(overrunOf(1_000, faults, 2, 100_000)).toBe(70_000);
    faults.strike(step('Postgres silent', 1), 0, 60_000)(65_000);
    expect(overrunOf(1_000, faults, 2, 100_000)).toBe(50_000);
    faults.strike(step('Postgres stopped'), 0, 90_000);
    expect(overrunOf(1_000, faults, 2, 100_000)).toBe(0);
  });
});

describe('fallback', () => {
  const probe = { beganAfterMs: 1_200, tookMs: 40, status: 200 };

  test('every request succeeds that begins a second after the death', () => {
    expect(fallbackFaults(0, [probe, { ...probe, beganAfterMs: 10, status: 503 }], 5_000)).toEqual(
      [],
    );
  });

  test.each([{ status: 503 }, { status: 0 }, { tookMs: 5_001 }])(
    'one that does not: %j',
    (fields) => {
      const [fault] = fallbackFaults(1, [{ ...probe, ...fields }], 5_000);
      expect(fault).toContain("gateway 1: a request 1200 ms after Redis's death");
    },
  );
});
