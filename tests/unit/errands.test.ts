import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startErrands } from '@/server/boot/errands';
import { deliver } from '@/server/services/outbox/deliver';

const MESSAGE = {
  id: '0199aaaa-0000-7000-8000-000000000001',
  attempt: 1,
  tenantId: null,
  payload: '{}',
  endpoint: { url: 'https://example.com', secret: 'whsec_AAAA' },
  expiresAt: new Date(Date.now() + 60_000),
};
/** Errands over an outbox in which so many messages wait, each of which takes so long. */
function start(backlog: number, attemptMs: number) {
  const box = { waiting: backlog };
  const outbox = {
    async claim() {
      const claimed = Array.from({ length: Math.min(10, box.waiting) }, () => MESSAGE);
      box.waiting -= claimed.length;
      return claimed;
    },
    sent: async () => undefined,
    failed: async () => undefined,
    tidy: async () => undefined,
  };
  const webhooks = {
    send: async () => {
      await new Promise((resolve) => setTimeout(resolve, attemptMs));
      return { kind: 'sent' } as const;
    },
  };
  const ports = { outbox, mail: null, webhooks, onLetterLost: () => undefined };
  const errands = startErrands({
    outgoing: {
      deliver: (channel, isUp) => deliver(ports, channel, isUp),
      tidy: async () => undefined,
    },
    checkBudgets: async () => 0,
    onFault: () => undefined,
  });
  return { box, errands };
}

describe('a process that ends', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begins no more deliveries, however many wait', async () => {
    const { box, errands } = start(10_000, 50);
    await vi.advanceTimersByTimeAsync(1_100);
    const stopped = errands.stop();
    const left = box.waiting;
    expect(left).toBeLessThan(10_000);
    await vi.advanceTimersByTimeAsync(60);
    await stopped;
    expect(box.waiting).toBe(left);
  });

  it('waits only a moment for a receiver that holds it up', async () => {
    const { errands } = start(1, 60_000);
    await vi.advanceTimersByTimeAsync(1_100);
    let isStopped = false;
    void errands.stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(isStopped).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(isStopped).toBe(true);
  });
});
