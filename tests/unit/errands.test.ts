import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startErrands } from '@/server/boot/errands';
import type { Channel } from '@/server/domain/ports/outbox';
import { deliver } from '@/server/services/outbox/deliver';

const MESSAGE = {
  id: '0199aaaa-0000-7000-8000-000000000001',
  attempt: 1,
  tenantId: null,
  payload: '{}',
  endpoint: { url: 'https://example.com', secret: 'whsec_AAAA' },
  expiresAt: new Date(Date.now() + 60_000),
};
/** More than anybody waits for. */
const BACKLOG = 10_000;

it('a process that ends begins no more deliveries, however many wait', async () => {
  let waiting = BACKLOG;
  const outbox = {
    claim: async () => {
      waiting -= 10;
      return waiting > 0 ? Array.from({ length: 10 }, () => MESSAGE) : [];
    },
    sent: async () => undefined,
    failed: async () => undefined,
    tidy: async () => undefined,
  };
  const webhooks = { send: () => sleep(5, { kind: 'sent' } as const) };
  const ports = { outbox, mail: null, webhooks, onLetterLost: () => undefined };
  const errands = startErrands({
    outgoing: {
      deliver: (channel: Channel, isUp) => deliver(ports, channel, isUp),
      tidy: async () => undefined,
    },
    checkBudgets: async () => 0,
    onFault: () => undefined,
  });
  await expect.poll(() => waiting, { timeout: 5_000 }).toBeLessThan(BACKLOG);
  await errands.stop();
  expect(waiting).toBeGreaterThan(0);
});
