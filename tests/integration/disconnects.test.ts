import { Tiktoken } from 'js-tiktoken/lite';
import o200kBase from 'js-tiktoken/ranks/o200k_base';
import { expect, it } from 'vitest';
import { Cancellation } from '@/server/domain/cancellation';
import { onFailpoint } from '@/server/gateway/failpoints';
import type { GatewayRequest } from '@/server/gateway/types';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, onlyChargeOf, quotaOf } from '../helpers/books';
import { outcomeOf, plain, stream } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { LiveStream } from '../helpers/live-stream';
import { isAnyoneWaiting } from '../helpers/locks';
import { inBothModes } from '../helpers/modes';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const OUTPUT_PRICE = 600n;
const INPUT_PRICE = 150n;
const vocabulary = new Tiktoken(o200kBase);

inBothModes('a client that goes away', (gateway) => {
  const upstream = () => gateway().simulator.stats();

  /** What the upstream has sent of the last answer. */
  const sentTokens = () => upstream().requests.at(-1)?.sentTokens ?? 0;

  const untilAborted = (since: number) =>
    until('the upstream to be let go', () => upstream().abortedRequests === since + 1, 1_000);

  async function expectNothingCharged(tenant: TestTenant, rows: number): Promise<void> {
    const charges = await untilEnded(gateway(), tenant, rows);
    expect(charges.map((row) => `${row.status} ${row.amount}`)).toEqual(
      charges.map(() => 'VOIDED 0'),
    );
    await until('the hold to be free', () => gateway().container.inFlight === 0);
    expect(await gateway().admin.tenant(tenant.id)).toMatchObject({
      balance: String(BALANCE),
      held: '0',
      dailyUsed: 0,
    });
  }

  /** Charged is what left: all that the client read, and no more than the upstream sent. */
  async function expectDeliveredCharged(tenant: TestTenant, read: string): Promise<void> {
    await untilEnded(gateway(), tenant, 1);
    const row = await onlyChargeOf(gateway(), tenant);
    expect(row).toMatchObject({ status: 'COMMITTED', finish: 'client_closed' });
    expect(row.output_tokens).toBeGreaterThanOrEqual(vocabulary.encode(read).length - 1);
    expect(row.output_tokens).toBeLessThanOrEqual(sentTokens());
    expect(row.amount).toBe(
      INPUT_PRICE * BigInt(row.input_tokens) + OUTPUT_PRICE * BigInt(row.output_tokens),
    );
    expect((await quotaOf(gateway(), tenant)).balance).toBe(BALANCE - row.amount);
  }

  it.each([
    { what: 'a plain answer', ask: plain, traceId: undefined, rows: 0 },
    { what: 'a plain answer under its own trace', ask: plain, traceId: 'left', rows: 1 },
    { what: 'a stream', ask: stream, traceId: undefined, rows: 1 },
  ])('before the first byte of $what ends the upstream call and pays nothing', async (given) => {
    const tenant = await gateway().admin.newTenant();
    const before = upstream().abortedRequests;
    const leaving = new AbortController();
    const left = given.ask(gateway(), tenant, {
      script: { ttftMs: 20_000 },
      signal: leaving.signal,
      ...(given.traceId === undefined ? {} : { traceId: given.traceId }),
    });
    left.catch(() => undefined);
    await until('the upstream call', () => upstream().openRequests === 1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await untilAborted(before);
    // Without Redis the hold of every request is a row.
    await expectNothingCharged(tenant, gateway().redis === null ? 1 : given.rows);
  });

  it.each([
    { what: 'a plain request', isStream: false },
    { what: 'a stream', isStream: true },
  ])('while $what is admitted buys nothing', async ({ isStream }) => {
    const tenant = await gateway().admin.newTenant();
    const bought = upstream().requests.length;
    const client = new Cancellation();
    onFailpoint((at) => {
      if (at === 'hold_placed') client.abort(new Error('client closed'));
    });
    const reply = await gateway().container.handle(ownRequest(tenant, isStream, client));
    onFailpoint(null);
    expect(reply.status).toBe(499);
    expect(upstream().requests).toHaveLength(bought);
    await expectNothingCharged(tenant, gateway().redis === null || isStream ? 1 : 0);
  });

  it('and comes back under the same trace gets the answer as the next attempt', async () => {
    const tenant = await gateway().admin.newTenant();
    const script = { ttftMs: 600 };
    const leaving = new AbortController();
    const left = plain(gateway(), tenant, { traceId: 'back', script, signal: leaving.signal });
    left.catch(() => undefined);
    await until('the upstream call', () => upstream().openRequests === 1);
    leaving.abort();
    await untilEnded(gateway(), tenant, 1);
    expect(outcomeOf(await plain(gateway(), tenant, { traceId: 'back', script }))).toBe('200');
    expect(await onlyChargeOf(gateway(), tenant)).toMatchObject({
      status: 'COMMITTED',
      attempt: 2,
    });
  });

  it('in the middle of a stream ends the upstream call within a second and pays what was delivered', async () => {
    const tenant = await gateway().admin.newTenant();
    const before = upstream().abortedRequests;
    const open = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 2_000, perTokenMs: 3 },
    });
    await open.untilRead(1_600);
    const read = open.content();
    open.leave();
    await untilAborted(before);
    await expectDeliveredCharged(tenant, read);
  });

  it('that reads slowly slows the upstream down, goes on when it reads on, and may still leave', async () => {
    const tenant = await gateway().admin.newTenant();
    const before = upstream().abortedRequests;
    const open = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 120_000, perTokenMs: 0, coalesce: 64 },
    });
    await open.untilRead(200);
    open.stopReading();
    let last = -1;
    await until('the upstream to stand still', async () => {
      const isStill = sentTokens() === last;
      last = sentTokens();
      await new Promise((resolve) => setTimeout(resolve, 400));
      return isStill;
    });
    expect(last).toBeLessThan(120_000);
    open.readOn();
    await until('the upstream to go on', () => sentTokens() > last);
    const read = open.content();
    open.leave();
    await untilAborted(before);
    await expectDeliveredCharged(tenant, read);
  });

  it.each([
    { what: 'a plain answer', isStream: false },
    { what: 'a stream', isStream: true },
  ])('when $what is complete but not yet settled pays for all of it', async ({ isStream }) => {
    const tenant = await gateway().admin.newTenant();
    const leaving = new AbortController();
    const finished = upstream().finishedRequests;
    const left = (isStream ? stream : plain)(gateway(), tenant, {
      script: { outputTokens: 30, ttftMs: 100 },
      signal: leaving.signal,
    });
    left.catch(() => undefined);
    await until('the upstream call', () => upstream().openRequests === 1);
    await gateway().database.sql.begin(async (tx) => {
      // Holds the settlement up until the client has gone.
      await tx`select 1 from tenant_quota where tenant_id = ${tenant.id} for update`;
      await until('the whole answer', () => upstream().finishedRequests > finished);
      await until('the settlement to wait', async () => await isAnyoneWaiting(gateway().database));
      leaving.abort();
      await expect(left).rejects.toThrow();
    });
    const [row] = await untilEnded(gateway(), tenant, 1);
    expect(row).toMatchObject({ status: 'COMMITTED', finish: 'complete', output_tokens: 30 });
    expect(await chargesOf(gateway(), tenant)).toHaveLength(1);
  });
});

function ownRequest(tenant: TestTenant, stream: boolean, signal: Cancellation): GatewayRequest {
  const messages = [{ role: 'user', content: 'Good morning' }];
  const body = JSON.stringify({ model: 'sim-fast', messages, max_tokens: 20, stream });
  const headers = new Headers({
    authorization: `Bearer ${tenant.apiKey}`,
    'content-type': 'application/json',
  });
  return {
    method: 'POST',
    path: '/chat/completions',
    header: (name) => headers.get(name) ?? undefined,
    readBody: async () => Buffer.from(body),
    remoteAddress: '127.0.0.1',
    signal,
  };
}
