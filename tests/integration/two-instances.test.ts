import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import {
  chargesOf,
  expectBooksRight,
  expectStoresAgree,
  onlyChargeOf,
  quotaOf,
  sumOf,
} from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, stream, tally } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { keyChanges } from '../helpers/key-changes';
import { LiveStream } from '../helpers/live-stream';
import { MODES, PARALLEL } from '../helpers/modes';
import { sharedRedisUrl } from '../helpers/redis';
import { startTcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const HEARD_MS_MAX = 5_000;

describe.each(MODES)('two instances on the same stores (%s)', (mode) => {
  let a: TestGateway;
  let b: TestGateway;

  beforeAll(async () => {
    const redisUrl = mode === 'Redis' ? {} : { redisUrl: 'off' };
    a = await startGateway(redisUrl);
    const { database, simulator } = a;
    b = await startGateway({ database, simulator, ...redisUrl });
  });

  afterAll(async () => {
    await b?.close();
    await a?.close();
  });

  const both = <T>(count: number, ask: (gateway: TestGateway, index: number) => Promise<T>) =>
    atOnce(count, (index) => ask(index % 2 === 0 ? a : b, index));

  it(`share ${PARALLEL[mode]} parallel requests of one tenant: each charged once, and the stores agree`, async () => {
    const tenant = await a.admin.newTenant();
    const replies = await both(PARALLEL[mode], (gateway, index) =>
      (index % 4 < 2 ? plain : stream)(gateway, tenant, { script: { ttftMs: index * 3 } }),
    );
    expect(tally(replies)).toEqual({ '200': PARALLEL[mode] });
    const rows = await untilEnded(a, tenant, PARALLEL[mode]);
    expect(await quotaOf(a, tenant)).toMatchObject({
      balance: BALANCE - sumOf(rows),
      daily_used: PARALLEL[mode],
    });
    await expectStoresAgree(a, tenant);
  });

  it('admit together no more than a limit, and no more than the balance', async () => {
    const limited = await a.admin.newTenant({ dailyLimit: 15 });
    const replies = await both(40, (gateway) => plain(gateway, limited));
    expect(tally(replies)).toEqual({ '200': 15, '429 daily_quota_exceeded': 25 });

    const ask: Ask = { maxTokens: 100, script: { ttftMs: 300 } };
    const probe = await a.admin.newTenant();
    await plain(a, probe, ask);
    const input = (await onlyChargeOf(a, probe)).input_tokens;
    const poor = await a.admin.newTenant({ balance: String(input * 150 + 100 * 600) });
    const bought = await both(50, (gateway) => plain(gateway, poor, ask));
    expect(tally(bought)).toEqual({ '200': 1, '402 insufficient_quota': 49 });
  });

  it('buy one trace once, whoever is asked', async () => {
    const tenant = await a.admin.newTenant();
    const calls = a.simulator.stats().requests.length;
    const ask: Ask = { traceId: 'one-for-both', script: { ttftMs: 300 } };
    const replies = await both(20, (gateway) => plain(gateway, tenant, ask));
    const { '200': answered = 0, ...rest } = tally(replies);
    expect(answered).toBeGreaterThanOrEqual(1);
    expect(Object.keys(rest)).toEqual(['409 trace_in_flight']);
    expect(a.simulator.stats().requests).toHaveLength(calls + 1);
    for (const gateway of [a, b]) {
      const again = await plain(gateway, tenant, ask);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    }
    expect(await chargesOf(a, tenant)).toHaveLength(1);
  });

  /** How long until the other instance acts on what this one was told. */
  async function heardWithin(isHeard: () => Promise<boolean>): Promise<number> {
    const from = performance.now();
    await until('the other instance to hear of it', isHeard);
    return performance.now() - from;
  }

  /** Over Redis it is a message, without it a look every few seconds. */
  const SOON_MS = mode === 'Redis' ? 1_000 : HEARD_MS_MAX;

  it('hear of a revoked key, a suspended tenant and a new price', async () => {
    const [revoked, suspended, priced] = await atOnce(3, () => a.admin.newTenant());
    if (!revoked || !suspended || !priced) throw new Error('no tenants');
    for (const tenant of [revoked, suspended, priced]) {
      expect(outcomeOf(await plain(b, tenant))).toBe('200');
    }
    await a.admin.call('DELETE', `keys/${revoked.keyId}`);
    await a.admin.call('PATCH', `tenants/${suspended.id}`, { status: 'suspended' });
    await a.admin.call('PUT', 'models/sim-standard', { inputPrice: '1', outputPrice: '2' });
    const isRefused = async (tenant: TestTenant, outcome: string) =>
      outcomeOf(await plain(b, tenant)) === outcome;
    const isPriced = async () => {
      expect(outcomeOf(await plain(b, priced, { model: 'sim-standard' }))).toBe('200');
      const charge = (await chargesOf(a, priced)).at(-1);
      return (
        charge?.amount === BigInt((charge?.input_tokens ?? 0) + 2 * (charge?.output_tokens ?? 0))
      );
    };
    const [key, tenant, price] = await Promise.all([
      heardWithin(() => isRefused(revoked, '401 invalid_api_key')),
      heardWithin(() => isRefused(suspended, '403 tenant_suspended')),
      heardWithin(isPriced),
    ]);
    expect(key).toBeLessThan(SOON_MS);
    expect(tenant).toBeLessThan(SOON_MS);
    // The catalogue is read anew every five seconds; a request of the old price may be under way.
    expect(price).toBeLessThan(SOON_MS + 1_000);
  });

  it('hear of a key that was disabled, limited, and rotated', async () => {
    const [disabled, limited, rotated] = await atOnce(3, () => a.admin.newTenant());
    if (!disabled || !limited || !rotated) throw new Error('no tenants');
    for (const tenant of [disabled, limited, rotated]) {
      expect(outcomeOf(await plain(b, tenant))).toBe('200');
    }
    const changes = keyChanges(a);
    await changes.setStatus(disabled, 'disabled');
    await changes.update(limited, { allowedModels: ['sim-standard'] });
    const renewed = await changes.rotate(rotated, 0);
    expect(outcomeOf(await plain(b, renewed))).toBe('200');
    const refusals = [
      [disabled, '401 invalid_api_key'],
      [limited, '403 model_not_allowed'],
      [rotated, '401 invalid_api_key'],
    ] as const;
    const heard = await Promise.all(
      refusals.map(([tenant, outcome]) =>
        heardWithin(async () => outcomeOf(await plain(b, tenant)) === outcome),
      ),
    );
    for (const ms of heard) expect(ms).toBeLessThan(SOON_MS);
  });

  it('cut a stream for a key that the other one revoked, within 5 s', async () => {
    const tenant = await a.admin.newTenant();
    const open = await LiveStream.open(b, tenant, {
      script: { outputTokens: 5_000, perTokenMs: 10 },
    });
    await open.untilRead(200);
    const from = performance.now();
    await a.admin.call('DELETE', `keys/${tenant.keyId}`);
    await open.ended();
    expect(performance.now() - from).toBeLessThan(HEARD_MS_MAX);
    expect(open.error()).toBe('invalid_api_key');
    expect(await untilEnded(a, tenant, 1)).toMatchObject([{ status: 'COMMITTED' }]);
  });

  it('take a lowered limit at once, whoever was told', async () => {
    const tenant = await a.admin.newTenant();
    expect(outcomeOf(await plain(b, tenant))).toBe('200');
    await a.admin.call('PATCH', `tenants/${tenant.id}`, { dailyLimit: 1 });
    expect(outcomeOf(await plain(b, tenant))).toBe('429 daily_quota_exceeded');
  });

  it('leave books that the audit finds right', async () => {
    await expectBooksRight(a);
    await expectBooksRight(b);
  });
});

describe('an instance that alone has lost Redis', () => {
  it('goes on through Postgres beside one that has not, and the books are right', async () => {
    const url = new URL(sharedRedisUrl());
    const proxy = await startTcpProxy(Number(url.port));
    url.port = String(proxy.port);
    const a = await startGateway();
    const { database, simulator } = a;
    const b = await startGateway({ database, simulator, redisUrl: url.href });
    const tenant = await a.admin.newTenant();
    const asked = atOnce(60, async (index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 15));
      return await (index % 4 < 2 ? plain : stream)(index % 2 === 0 ? a : b, tenant, {
        script: { ttftMs: 50 },
      });
    });
    await until('some to be under way', () => b.container.inFlight > 0);
    proxy.cut();
    await until('it to be noticed', () => b.container.quotaSide.redisState() === 'down');
    expect(tally(await asked)).toEqual({ '200': 60 });
    const rows = await untilEnded(a, tenant, 60);
    expect(new Set(rows.map((row) => row.admitted_by))).toEqual(new Set(['redis', 'postgres']));
    expect((await quotaOf(a, tenant)).balance).toBe(BALANCE - sumOf(rows));
    proxy.mend();
    await until('Redis to be used again', () => b.container.quotaSide.redisState() === 'up');
    for (const gateway of [a, b]) expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    await untilEnded(a, tenant, 62);
    await expectStoresAgree(a, tenant);
    await expectBooksRight(a);
    await b.close();
    await a.close();
    await proxy.close();
  });
});
