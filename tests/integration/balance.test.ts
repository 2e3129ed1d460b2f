import { expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { hashOf, quotaOf } from '../helpers/books';
import { outcomeOf, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { balanceOf, enquire, receiptOf } from '../helpers/enquiries';
import { startGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { inBothModes } from '../helpers/modes';

const ASK = { maxTokens: 40 };
const HANGING = { outputTokens: 30, hangAfterTokens: 5 };
/** What a plain request of ASK holds for its output, at the price of sim-fast. */
const OUTPUT_HOLD = 40n * 600n;

inBothModes('balance', (gateway, mode) => {
  const newTenant = (fields: object = {}, keyFields: object = {}) =>
    gateway().admin.newTenant(fields, keyFields);
  const balance = (of: TestTenant) => balanceOf(gateway(), of);

  it('is the ledger’s, with every limit, its use and the end of its period', async () => {
    const quotas = [
      { quotaType: 'daily_requests', limit: 10 },
      { quotaType: 'monthly_tokens', limit: 5_000 },
      { quotaType: 'total_amount', limit: '900000' },
    ];
    const limits = { creditLimit: '70', dailyLimit: 5, monthlyLimit: 50 };
    const tenant = await newTenant(limits, { rpm: 60, concurrency: 4, quotas });
    await plain(gateway(), tenant, { ...ASK, traceId: 'one' });
    const bought = await receiptOf(gateway(), tenant, 'one');
    const tokens = bought.inputTokens + bought.outputTokens;
    const found = await balance(tenant);
    const left = 1_000_000_000n - BigInt(bought.amount);
    const [midnight, monthEnd] = [new Date(), new Date()];
    midnight.setUTCHours(24, 0, 0, 0);
    monthEnd.setUTCMonth(monthEnd.getUTCMonth() + 1, 1);
    monthEnd.setUTCHours(0, 0, 0, 0);
    const [dayEnd, endOfMonth] = [midnight.toISOString(), monthEnd.toISOString()];
    expect(found).toEqual({
      ...{ available: String(left + 70n), balance: String(left), held: '0', creditLimit: '70' },
      ...{ dailyLimit: 5, dailyUsed: 1, dailyResetsAt: dayEnd },
      ...{ monthlyLimit: 50, monthlyUsed: 1, monthlyResetsAt: endOfMonth },
      key: {
        ...{ id: tenant.keyId, rpm: 60, tpm: null, concurrency: 4, openRequests: 0 },
        quotas: expect.arrayContaining([
          { quotaType: 'daily_requests', limit: 10, used: 1, resetsAt: dayEnd },
          { quotaType: 'monthly_tokens', limit: 5_000, used: tokens, resetsAt: endOfMonth },
          {
            ...{ quotaType: 'total_amount', limit: '900000', used: bought.amount },
            resetsAt: null,
          },
        ]),
      },
    });
    const ledger = await gateway().admin.tenant(tenant.id);
    const { available, held } = ledger;
    expect({ available, held, balance: ledger.balance }).toEqual({
      ...{ available: found.available, held: found.held, balance: found.balance },
    });
  });

  it.each(['a stream', 'a plain request'])(
    'counts what %s has set aside while it is under way',
    async (what) => {
      const quotas = [{ quotaType: 'daily_requests', limit: 10 }];
      const tenant = await newTenant({ dailyLimit: 9 }, { quotas });
      const script = what === 'a stream' ? HANGING : { ttftMs: 900 };
      const ask = { ...ASK, script };
      const live = what === 'a stream' ? await LiveStream.open(gateway(), tenant, ask) : null;
      const answer = live === null ? plain(gateway(), tenant, ask) : null;
      const held = async () => BigInt((await balance(tenant)).held);
      await expect.poll(held, { timeout: 5_000, interval: 5 }).toBeGreaterThanOrEqual(OUTPUT_HOLD);
      const found = await balance(tenant);
      expect(found).toMatchObject({ balance: '1000000000', dailyUsed: 1, monthlyUsed: 1 });
      expect(BigInt(found.available)).toBe(1_000_000_000n - BigInt(found.held));
      expect(found.key).toMatchObject({ openRequests: 1, quotas: [{ used: 1 }] });
      live?.leave();
      await answer;
      await untilEnded(gateway(), tenant, 1);
      await expect.poll(held, { timeout: 2_000, interval: 10 }).toBe(0n);
      expect((await balance(tenant)).key.openRequests).toBe(0);
    },
  );

  it('below zero says so, down to the credit limit', async () => {
    const tenant = await newTenant({ balance: '10', creditLimit: '1000000' });
    await plain(gateway(), tenant, ASK);
    const { amount } = await gateway()
      .admin.charges(tenant.id)
      .then(([charge]) => charge ?? { amount: '' });
    expect(await balance(tenant)).toMatchObject({
      ...{ balance: String(10n - BigInt(amount)), available: String(1_000_010n - BigInt(amount)) },
    });
  });

  it('of a tenant whose hash is cold is the ledger’s, and leaves no trace in either store', async () => {
    const tenant = await newTenant({ balance: '123' });
    await gateway().redis?.del(`gw:quota:tenant:${tenant.id}`);
    const before = await quotaOf(gateway(), tenant);
    expect(await balance(tenant)).toMatchObject({ balance: '123', available: '123', held: '0' });
    expect(await quotaOf(gateway(), tenant)).toEqual(before);
    expect(await hashOf(gateway(), tenant)).toBeNull();
  });

  it('is new at once after a credit, and after a limit was changed', async () => {
    const tenant = await newTenant();
    await plain(gateway(), tenant, ASK);
    const before = BigInt((await balance(tenant)).balance);
    const credit = { amount: '77', kind: 'topup', traceId: 'more' };
    await gateway().admin.call('POST', `tenants/${tenant.id}/credits`, credit);
    await gateway().admin.call('PATCH', `tenants/${tenant.id}`, { dailyLimit: 3 });
    const after = await balance(tenant);
    expect(after).toMatchObject({ balance: String(before + 77n), dailyLimit: 3, dailyUsed: 1 });
  });

  it('is there for a suspended tenant, not for a revoked key nor from a wrong address', async () => {
    const tenant = await newTenant();
    const { admin } = gateway();
    await admin.call('PATCH', `tenants/${tenant.id}`, { status: 'suspended' });
    expect((await balance(tenant)).balance).toBe('1000000000');
    const elsewhere = await admin.newKey(tenant.id, { allowedIps: ['203.0.113.7'] });
    expect(outcomeOf(await enquire(gateway(), elsewhere, 'balance'))).toBe('403 ip_not_allowed');
    await admin.call('DELETE', `keys/${tenant.keyId}`);
    expect(outcomeOf(await enquire(gateway(), tenant, 'balance'))).toBe('401 invalid_api_key');
  });

  it('takes no limit and no rate: a hundred readings leave a key its one request', async () => {
    const tenant = await newTenant({ dailyLimit: 1 }, { rpm: 1, tpm: 1_000, concurrency: 1 });
    await Promise.all(Array.from({ length: 100 }, () => balance(tenant)));
    expect(outcomeOf(await plain(gateway(), tenant, ASK))).toBe('200');
    expect(await balance(tenant)).toMatchObject({ dailyUsed: 1 });
  });

  if (mode === 'Redis') {
    it('from a new instance is not that of a hash which an outage has left behind the ledger', async () => {
      const tenant = await newTenant();
      await plain(gateway(), tenant, ASK);
      const right = await balance(tenant);
      const hash = `gw:quota:tenant:${tenant.id}`;
      await gateway().redis?.hset(hash, { version: '1', base: '5', balance: '5' });
      const { database, simulator } = gateway();
      const other = await startGateway({ database, simulator });
      try {
        expect(await balanceOf(other, tenant)).toEqual(right);
      } finally {
        await gateway().redis?.del(hash);
        await other.close();
      }
    });
  }

  it('is the same from an instance that the tenant never used, also while another one buys', async () => {
    const tenant = await newTenant();
    await plain(gateway(), tenant, ASK);
    const { database, simulator } = gateway();
    const redisUrl = mode === 'Redis' ? {} : { redisUrl: 'off' };
    const other = await startGateway({ database, simulator, ...redisUrl });
    try {
      expect(await balanceOf(other, tenant)).toEqual(await balance(tenant));
      const answer = plain(gateway(), tenant, { ...ASK, script: { ttftMs: 900 } });
      const open = async () => (await balanceOf(other, tenant)).key.openRequests;
      await expect.poll(open, { timeout: 5_000, interval: 5 }).toBe(1);
      expect(await balanceOf(other, tenant)).toEqual(await balance(tenant));
      await answer;
      expect(await balanceOf(other, tenant)).toEqual(await balance(tenant));
    } finally {
      await other.close();
    }
  });
});
