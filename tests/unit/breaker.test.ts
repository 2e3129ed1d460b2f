import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createBreaker } from '@/server/stores/failover/breaker';

const PROBE_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A Redis that answers its probe or does not, and what the breaker said of it. */
function setUp() {
  const redis = { isBack: false, probes: 0 };
  const said: string[] = [];
  const breaker = createBreaker({
    probe: async () => {
      redis.probes += 1;
      if (!redis.isBack) throw new Error('still away');
    },
    probeEveryMs: PROBE_MS,
    onChange: (isClosed, reason) => said.push(`${isClosed ? 'closed' : 'open'}: ${reason}`),
  });
  return { redis, said, breaker };
}

describe('the breaker between us and Redis', () => {
  test('is closed until an outage, and opens at once', () => {
    const { breaker, said } = setUp();
    expect(breaker).toMatchObject({ isClosed: true, epoch: 0 });
    breaker.trip('connection lost');
    expect(breaker).toMatchObject({ isClosed: false, epoch: 1 });
    expect(said).toEqual(['open: connection lost']);
    breaker.stop();
  });

  test('takes a hundred failures of one outage for one', () => {
    const { breaker, said } = setUp();
    for (let i = 0; i < 100; i += 1) breaker.trip(`failure ${i}`);
    expect(breaker.epoch).toBe(1);
    expect(said).toHaveLength(1);
    breaker.stop();
  });

  test('probes until Redis can be trusted again, and then closes', async () => {
    const { breaker, redis, said } = setUp();
    breaker.trip('timeout');
    await vi.advanceTimersByTimeAsync(3 * PROBE_MS);
    expect(redis.probes).toBe(3);
    expect(breaker.isClosed).toBe(false);
    redis.isBack = true;
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    expect(breaker.isClosed).toBe(true);
    expect(said).toEqual(['open: timeout', 'closed: probe answered']);
    await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
    expect(redis.probes).toBe(4);
  });

  test('an outage after an outage is one of its own', async () => {
    const { breaker, redis } = setUp();
    redis.isBack = true;
    breaker.trip('timeout');
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    breaker.trip('timeout');
    expect(breaker).toMatchObject({ isClosed: false, epoch: 2 });
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    expect(breaker).toMatchObject({ isClosed: true, epoch: 2 });
  });

  test('never has two probes at work at once', async () => {
    let atWork = 0;
    let most = 0;
    let done = 0;
    const breaker = createBreaker({
      probe: async () => {
        atWork += 1;
        most = Math.max(most, atWork);
        await new Promise((resolve) => setTimeout(resolve, 3 * PROBE_MS));
        atWork -= 1;
        done += 1;
        throw new Error('still away');
      },
      probeEveryMs: PROBE_MS,
      onChange: () => undefined,
    });
    breaker.trip('timeout');
    breaker.trip('timeout');
    await vi.advanceTimersByTimeAsync(20 * PROBE_MS);
    breaker.stop();
    expect([most, done]).toEqual([1, 5]);
  });

  test('once stopped probes no more, not even when a probe was at work', async () => {
    const { breaker, redis } = setUp();
    breaker.trip('timeout');
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    breaker.stop();
    await vi.advanceTimersByTimeAsync(10 * PROBE_MS);
    expect(redis.probes).toBe(1);
  });

  test('once stopped says nothing: hanging up on Redis is no outage', async () => {
    const { breaker, redis, said } = setUp();
    breaker.stop();
    breaker.trip('disconnected');
    expect(said).toEqual([]);
    const atWork = setUp();
    atWork.breaker.trip('timeout');
    atWork.redis.isBack = true;
    vi.advanceTimersByTime(PROBE_MS);
    atWork.breaker.stop();
    await vi.advanceTimersByTimeAsync(PROBE_MS);
    expect(atWork.said).toEqual(['open: timeout']);
    expect(redis.probes).toBe(0);
  });
});
