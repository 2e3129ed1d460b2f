import { type IncomingMessage, request } from 'node:http';
import { expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf } from '../helpers/books';
import { bodyOf, outcomeOf, plain, stream } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { until } from '../helpers/until';

/** A request whose body comes in two parts, the second when it is told to. */
function inTwoParts(gateway: TestGateway, tenant: TestTenant) {
  const body = bodyOf({}, false);
  const req = request(`${gateway.baseUrl}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tenant.apiKey}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
  });
  const reply = new Promise<IncomingMessage>((resolve, reject) => {
    req.once('response', resolve);
    req.once('error', reject);
  });
  req.write(body.slice(0, 10));
  return { reply, finish: () => void req.end(body.slice(10)) };
}

it('a request that a drain could not wait for is told to come again, and costs nothing', async () => {
  const gateway = await startGateway();
  const tenant = await gateway.admin.newTenant();
  const answer = plain(gateway, tenant, { script: { ttftMs: 60_000 }, traceId: 'cut' });
  await until('it to be bought', () => gateway.simulator.stats().openRequests === 1);
  const drained = gateway.container.drain(100);
  const reply = await answer;
  expect(outcomeOf(reply)).toBe('503 no_healthy_upstream');
  expect(reply.headers.get('retry-after')).toBe('1');
  await drained;
  expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'VOIDED', amount: 0n }]);
  await gateway.close();
});

it('a request whose body is still coming when a drain begins is answered and settled', async () => {
  const gateway = await startGateway();
  const tenant = await gateway.admin.newTenant();
  expect((await plain(gateway, tenant)).status).toBe(200);
  const late = inTwoParts(gateway, tenant);
  // Long enough for the head to arrive and for a drain without work to be over.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const drained = gateway.container.drain(10_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  late.finish();
  const reply = await late.reply;
  reply.resume();
  expect(reply.statusCode).toBe(200);
  await drained;
  const charges = await chargesOf(gateway, tenant);
  expect(charges.map((charge) => charge.status)).toEqual(['COMMITTED', 'COMMITTED']);
  const open = await gateway.redis?.hlen(`{gw:quota:tenant:${tenant.id}}:ops`);
  expect(open).toBe(0);
  await gateway.close();
});

it('a request that comes when the drain has run out of time is refused before anything is bought', async () => {
  const gateway = await startGateway();
  const tenant = await gateway.admin.newTenant();
  const cut = plain(gateway, tenant, { script: { ttftMs: 60_000 } });
  await until('it to be bought', () => gateway.simulator.stats().openRequests === 1);
  const drained = gateway.container.drain(0);
  const late = await Promise.all([plain(gateway, tenant), stream(gateway, tenant)]);
  expect(late.map(({ status }) => status)).toEqual([503, 503]);
  expect(gateway.simulator.stats().requests).toHaveLength(1);
  await Promise.all([cut, drained]);
  // A void without a row leaves none.
  const statuses = (await chargesOf(gateway, tenant)).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 'VOIDED')).toEqual([]);
  await gateway.close();
});
