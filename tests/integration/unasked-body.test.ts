import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GatewayReply } from '@/server/gateway/types';
import type { TestTenant } from '../helpers/admin-client';
import { expectBooksRight, onlyChargeOf } from '../helpers/books';
import { bodyOf } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { until } from '../helpers/until';

describe('a stream whose body nobody asks for', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const ask = (tenant: TestTenant, signal: AbortSignal): Promise<GatewayReply> => {
    const headers = new Map([
      ['authorization', `Bearer ${tenant.apiKey}`],
      ['content-type', 'application/json'],
    ]);
    const script = { outputTokens: 500, perTokenMs: 20 };
    return gateway.container.handle({
      method: 'POST',
      path: '/chat/completions',
      header: (name) => headers.get(name),
      readBody: async () => Buffer.from(bodyOf({ script }, true)),
      remoteAddress: '127.0.0.1',
      signal,
    });
  };

  it('ends its charge and its upstream call within a second of the client leaving', async () => {
    const tenant = await gateway.admin.newTenant();
    const client = new AbortController();
    const reply = await ask(tenant, client.signal);
    expect(reply.status).toBe(200);
    expect((await onlyChargeOf(gateway, tenant)).status).toBe('PENDING');
    client.abort();
    await until('the charge to end', () => gateway.container.inFlight === 0, 1_000);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({
      status: 'VOIDED',
      finish: 'client_closed',
    });
    await until('the call to end', () => gateway.simulator.stats().abortedRequests === 1, 1_000);
  });

  it('is void when the client had left before there was one', async () => {
    const tenant = await gateway.admin.newTenant();
    const reply = await ask(tenant, AbortSignal.abort());
    expect(reply.status).toBe(499);
    expect(gateway.container.inFlight).toBe(0);
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
