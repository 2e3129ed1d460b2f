import { describe, expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectStoresAgree, sumOf } from '../helpers/books';
import { type Ask, atOnce, outcomeOf, plain, tally } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { keyChanges } from '../helpers/key-changes';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';
import { until } from '../helpers/until';

const ASK: Ask = { maxTokens: 12, script: { outputTokens: 12 } };
const CUT_MS_MAX = 5_000;
const PAST = '2020-01-01T00:00:00Z';

inBothModes('a key that is changed', (gateway) => {
  const newTenant = (keyFields: object = {}) => gateway().admin.newTenant({}, keyFields);
  const changes = () => keyChanges(gateway());
  const buy = async (tenant: TestTenant) => outcomeOf(await plain(gateway(), tenant, ASK));

  const changed: { what: string; from?: object; fields: object; outcome: string }[] = [
    {
      what: 'a lower rate of requests',
      from: { rpm: 100 },
      fields: { rpm: 1 },
      outcome: '429 rate_limit_exceeded',
    },
    { what: 'a rate of tokens', fields: { tpm: 1 }, outcome: '429 rate_limit_exceeded' },
    {
      what: 'other models',
      fields: { allowedModels: ['sim-standard'] },
      outcome: '403 model_not_allowed',
    },
    {
      what: 'other addresses',
      fields: { allowedIps: ['203.0.113.0/24', '2001:db8::/32'] },
      outcome: '403 ip_not_allowed',
    },
    { what: 'an end', fields: { expiresAt: PAST }, outcome: '401 invalid_api_key' },
    {
      what: 'a quota for the day',
      fields: { quotas: [{ quotaType: 'daily_requests', limit: 1 }] },
      outcome: '429 daily_quota_exceeded',
    },
    {
      what: 'a quota for good',
      fields: { quotas: [{ quotaType: 'total_tokens', limit: 13 }] },
      outcome: '402 insufficient_quota',
    },
  ];
  it.each(changed)('keeps to $what from its next request on', async ({ from, fields, outcome }) => {
    const tenant = await newTenant(from);
    expect(await buy(tenant)).toBe('200');
    await changes().update(tenant, fields);
    expect(await buy(tenant)).toBe(outcome);
    const lifted = Object.fromEntries(Object.keys(fields).map((field) => [field, null]));
    await changes().update(tenant, lifted);
    expect(await buy(tenant)).toBe('200');
  });

  it('keeps to a concurrency that is lowered under what is open', async () => {
    const tenant = await newTenant();
    const script = { outputTokens: 50, hangAfterTokens: 5 };
    const open = await LiveStream.open(gateway(), tenant, { script });
    await open.untilRead(20);
    await changes().update(tenant, { concurrency: 1 });
    expect(await buy(tenant)).toBe('429 concurrency_exceeded');
    open.leave();
    await untilEnded(gateway(), tenant, 1);
    await until('the stream to be over', async () => (await buy(tenant)) === '200');
  });

  it('has used of a new quota what the ledger says, and of one set again as well', async () => {
    const tenant = await newTenant();
    expect(tally(await atOnce(3, () => plain(gateway(), tenant, ASK)))).toEqual({ '200': 3 });
    const spent = sumOf(await chargesOf(gateway(), tenant));
    const quotas = [
      { quotaType: 'daily_requests', limit: 5 },
      { quotaType: 'monthly_tokens', limit: 1_000_000 },
      { quotaType: 'total_amount', limit: String(spent * 100n) },
    ];
    await changes().update(tenant, { quotas });
    expect(await usedOf(tenant)).toMatchObject({ daily_requests: 3n, total_amount: spent });
    await expectStoresAgree(gateway(), tenant);
    expect(await buy(tenant)).toBe('200');

    await changes().update(tenant, { quotas: null });
    expect(tally(await atOnce(3, () => plain(gateway(), tenant, ASK)))).toEqual({ '200': 3 });
    await changes().update(tenant, { quotas: [{ quotaType: 'daily_requests', limit: 8 }] });
    expect(await usedOf(tenant)).toEqual({ daily_requests: 7n });
    await expectStoresAgree(gateway(), tenant);
    expect([await buy(tenant), await buy(tenant)]).toEqual(['200', '429 daily_quota_exceeded']);
    await expectStoresAgree(gateway(), tenant);
  });

  it('counts what is under way while its quotas change', async () => {
    const tenant = await newTenant({ quotas: [{ quotaType: 'total_requests', limit: 100 }] });
    const slow: Ask = { ...ASK, script: { outputTokens: 12, ttftMs: 500 } };
    const underWay = atOnce(6, () => plain(gateway(), tenant, slow));
    await until('six to be under way', () => gateway().container.inFlight === 6);
    await changes().update(tenant, { quotas: [{ quotaType: 'daily_requests', limit: 100 }] });
    await changes().update(tenant, {
      quotas: [
        { quotaType: 'daily_requests', limit: 50 },
        { quotaType: 'total_requests', limit: 7 },
      ],
    });
    expect(tally(await underWay)).toEqual({ '200': 6 });
    expect(await usedOf(tenant)).toEqual({ daily_requests: 6n, total_requests: 6n });
    expect([await buy(tenant), await buy(tenant)]).toEqual(['200', '402 insufficient_quota']);
    await expectStoresAgree(gateway(), tenant);
  });

  it('works no more while it is disabled, and cuts its streams within 5 s', async () => {
    const tenant = await newTenant();
    const open = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 20_000, perTokenMs: 5 },
    });
    await open.untilRead(200);
    const from = performance.now();
    await changes().setStatus(tenant, 'disabled');
    expect(await buy(tenant)).toBe('401 invalid_api_key');
    await open.ended();
    expect([open.error(), performance.now() - from < CUT_MS_MAX]).toEqual([
      'invalid_api_key',
      true,
    ]);
    await changes().setStatus(tenant, 'active');
    expect(await buy(tenant)).toBe('200');
  });

  describe('by a rotation', () => {
    it('works as both for the overlap, under one set of limits, and then as the new one', async () => {
      const old = await newTenant({ quotas: [{ quotaType: 'total_requests', limit: 4 }] });
      expect(await buy(old)).toBe('200');
      const rotated = await changes().rotate(old, 2);
      expect([await buy(old), await buy(rotated)]).toEqual(['200', '200']);
      await gateway().database.sql`
        update api_key set previous_until = now() where id = ${old.keyId}`;
      await until('the overlap to be over', async () => (await buy(old)) === '401 invalid_api_key');
      const outcomes = [await buy(rotated), await buy(rotated)];
      expect(outcomes.at(-1)).toBe('402 insufficient_quota');
      await expectStoresAgree(gateway(), old);
    });

    it('without an overlap ends the old one at once, its open streams too', async () => {
      const old = await newTenant();
      const open = await LiveStream.open(gateway(), old, {
        script: { outputTokens: 20_000, perTokenMs: 5 },
      });
      await open.untilRead(200);
      const from = performance.now();
      const rotated = await changes().rotate(old, 0);
      expect([await buy(old), await buy(rotated)]).toEqual(['401 invalid_api_key', '200']);
      await open.ended();
      expect([open.error(), performance.now() - from < CUT_MS_MAX]).toEqual([
        'invalid_api_key',
        true,
      ]);
    });

    it('ends the one before it, and the overlap whenever that is asked for', async () => {
      const first = await newTenant();
      const second = await changes().rotate(first, 1);
      const third = await changes().rotate(second, 1);
      expect(await Promise.all([first, second, third].map(buy))).toEqual([
        '401 invalid_api_key',
        '200',
        '200',
      ]);
      await changes().endOverlap(third);
      expect([await buy(second), await buy(third)]).toEqual(['401 invalid_api_key', '200']);
    });

    it('ends both when the key is revoked', async () => {
      const old = await newTenant();
      const rotated = await changes().rotate(old, 24);
      await gateway().admin.call('DELETE', `keys/${old.keyId}`);
      expect(await Promise.all([old, rotated].map(buy))).toEqual([
        '401 invalid_api_key',
        '401 invalid_api_key',
      ]);
    });
  });

  it('cuts an open stream when it expires', async () => {
    const tenant = await newTenant();
    const open = await LiveStream.open(gateway(), tenant, {
      script: { outputTokens: 20_000, perTokenMs: 5 },
    });
    await open.untilRead(200);
    await changes().update(tenant, { expiresAt: PAST });
    await open.ended();
    expect(open.error()).toBe('invalid_api_key');
    expect(await untilEnded(gateway(), tenant, 1)).toMatchObject([{ status: 'COMMITTED' }]);
  });

  async function usedOf({ keyId }: TestTenant): Promise<Readonly<Record<string, bigint>>> {
    const rows = await gateway().database.sql<{ quota_type: string; used: bigint }[]>`
      select quota_type, used from api_key_quota where api_key_id = ${keyId}`;
    return Object.fromEntries(rows.map((row) => [row.quota_type, row.used]));
  }
});
