import { expect, test } from 'vitest';
import { createSweepGate } from '@/server/gateway/sweep-gate';

const LEASE_MS = 30_000;

/** A gate on a clock and a ledger that the test moves. */
function setUp() {
  const world = { nowMs: 1_000_000, upSinceMs: 0, answersAfterMs: 1, isAway: false };
  const ledger = {
    upForMs: async () => {
      world.nowMs += world.answersAfterMs;
      if (world.isAway) throw new Error('away');
      return world.nowMs - world.upSinceMs;
    },
  };
  return { world, maySweep: createSweepGate(ledger, LEASE_MS, () => world.nowMs) };
}

test('a process sweeps once it has had the ledger in reach for a whole lease', async () => {
  const { world, maySweep } = setUp();
  expect(await maySweep()).toBe(false);
  world.nowMs += LEASE_MS;
  expect(await maySweep()).toBe(true);
});

test('a ledger that has just come up is left to the owners of its charges for a lease', async () => {
  const { world, maySweep } = setUp();
  world.nowMs += 2 * LEASE_MS;
  world.upSinceMs = world.nowMs - LEASE_MS / 2;
  expect(await maySweep()).toBe(false);
  world.nowMs += LEASE_MS / 2;
  expect(await maySweep()).toBe(true);
});

test('an outage, or a ledger that stood still, begins the lease anew', async () => {
  const { world, maySweep } = setUp();
  world.nowMs += LEASE_MS;
  expect(await maySweep()).toBe(true);
  world.isAway = true;
  await expect(maySweep()).rejects.toThrow('away');
  world.isAway = false;
  expect(await maySweep()).toBe(false);
  world.nowMs += LEASE_MS;
  expect(await maySweep()).toBe(true);
  world.answersAfterMs = 10_000;
  expect(await maySweep()).toBe(false);
  world.answersAfterMs = 1;
  world.nowMs += LEASE_MS;
  expect(await maySweep()).toBe(true);
});
