import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenantId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import type { HoldDemand } from '@/server/domain/ports';
import { KEY_QUOTA_TYPES, type KeyLimits, type KeyQuotaType } from '@/server/domain/quota';
import { chargeOf, nextAttempt } from '../helpers/charges';
import { type Account, LedgerBench, type TenantWishes } from '../helpers/ledger-bench';
import {
  awayFromTheTurnOfAMinute,
  demandOf,
  type Houses,
  NO_LIMITS,
  openHouses,
  type QuotaHouse,
} from '../helpers/quota-houses';

let bench: LedgerBench;
let houses: Houses;

beforeAll(async () => {
  bench = await LedgerBench.open();
  houses = openHouses(bench);
});

afterAll(async () => {
  houses.close();
  await bench.close();
});

describe.each(['redis', 'postgres'] as const)('the quota store on %s', (name) => {
  let house: QuotaHouse;

  beforeAll(() => {
    house = houses[name];
  });

  const available = async (account: Account): Promise<bigint | string> => {
    const check = await house.check(account, 0n);
    if (check.kind === 'ok') return check.availableNano;
    return 'availableNano' in check.refusal ? check.refusal.availableNano : check.refusal.code;
  };

  const ask = (account: Account, demand: HoldDemand, limits: KeyLimits = NO_LIMITS) =>
    house.admit(chargeOf(account), demand, limits).then(({ reply }) => reply);

  it('grants the most that is left between the least and the most, credit included', async () => {
    const account = await bench.account({ balance: 250n, creditLimit: 50n });
    expect(await ask(account, demandOf(100n, { maxNano: 9_999n }))).toMatchObject({
      ...{ kind: 'admitted', heldNano: 300n, heldTokens: 10, availableNano: -50n },
    });
    expect(await ask(account, demandOf(1n))).toEqual({
      kind: 'refused',
      refusal: { code: 'insufficient_quota', scope: 'tenant', availableNano: -50n },
    });
  });

  it('a settlement turns what was held into what was used; a void gives all of it back', async () => {
    const account = await bench.account({ balance: 1_000n });
    const [first, second] = [
      await house.admitted(account, 400n),
      await house.admitted(account, 300n),
    ];
    expect(await available(account)).toBe(300n);
    await house.pay(first, 70n);
    expect(await available(account)).toBe(630n);
    await house.void(second);
    expect(await available(account)).toBe(930n);
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(930n);
  });

  it('what costs more than was held is charged whole; then nothing more is admitted', async () => {
    const account = await bench.account({ balance: 100n });
    await house.pay(await house.admitted(account, 100n), 130n);
    expect(await available(account)).toBe(-30n);
    expect(await ask(account, demandOf(0n))).toMatchObject({
      refusal: { code: 'insufficient_quota', availableNano: -30n },
    });
  });

  it('100 at once on the price of one: exactly one is admitted', async () => {
    const account = await bench.account({ balance: 100n });
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => ask(account, demandOf(100n))),
    );
    expect(replies.filter((reply) => reply.kind === 'admitted')).toHaveLength(1);
    expect(await available(account)).toBe(0n);
  });

  it.each<[string, TenantWishes]>([
    ['daily_quota_exceeded', { dailyLimit: 2 }],
    ['monthly_quota_exceeded', { monthlyLimit: 2 }],
  ])('%s: open requests count, voided ones do not', async (code, wishes) => {
    const account = await bench.account({ balance: 1_000n, ...wishes });
    await house.pay(await house.admitted(account, 100n), 10n);
    const open = await house.admitted(account, 100n);
    const refused = await ask(account, demandOf(100n));
    expect(refused).toMatchObject({ kind: 'refused', refusal: { code, scope: 'tenant' } });
    const check = await house.check(account, 0n);
    expect(check).toMatchObject({ kind: 'refused', refusal: { code, scope: 'tenant' } });
    await house.void(open);
    expect(await ask(account, demandOf(100n))).toMatchObject({ kind: 'admitted' });
  });

  it('a request that is open since yesterday counts as held, and not among those of today', async () => {
    const yesterdayMs = Date.now() - 86_400_000;
    const account = await bench.account({ balance: 1_000n, dailyLimit: 1 });
    const quotas = [{ type: 'daily_requests', limit: 1n }] as const;
    const own = { ...account, keyId: await bench.key(account.tenantId, quotas) };
    const old = chargeOf(own, { day: dayOf(yesterdayMs), month: monthOf(yesterdayMs) });
    await bench.ledger.openRow(old, 30_000);
    const limits = { ...NO_LIMITS, quotas };
    expect(await ask(own, demandOf(100n), limits)).toMatchObject({
      ...{ kind: 'admitted', availableNano: 800n },
    });
    expect(await ask(own, demandOf(100n), limits)).toMatchObject({
      refusal: { code: 'daily_quota_exceeded', scope: 'tenant' },
    });
  });

  it.each([{ dailyLimit: 0 }, { monthlyLimit: 0 }])(
    'a limit of nothing admits nothing: %o',
    async (limit) => {
      const account = await bench.account({ balance: 1_000n, ...limit });
      expect(await ask(account, demandOf(0n))).toMatchObject({ kind: 'refused' });
    },
  );

  describe("a key's quota", () => {
    const quotaOf = (type: KeyQuotaType, limit: bigint): KeyLimits => ({
      ...NO_LIMITS,
      quotas: [{ type, limit }],
    });
    const codeOf = (type: KeyQuotaType): object => {
      if (type.startsWith('daily_')) return { code: 'daily_quota_exceeded', scope: 'key' };
      if (type.startsWith('monthly_')) return { code: 'monthly_quota_exceeded', scope: 'key' };
      return { code: 'insufficient_quota', scope: 'key', quotaType: type };
    };

    it.each(KEY_QUOTA_TYPES)('of %s is kept to the last one', async (type) => {
      const account = await bench.account({ balance: 100_000n });
      // Room for one that is settled (1 request, 7 tokens, 70 nano) and one that is held.
      const limit = { requests: 2n, tokens: 17n, amount: 170n }[unitOf(type)];
      const keyId = await bench.key(account.tenantId, [{ type, limit }]);
      const own = { ...account, keyId };
      const limits = quotaOf(type, limit);
      await house.pay(await house.admitted(own, 100n, limits), 70n, limits);
      const last = await house.admitted(own, 100n, limits);
      const refused = await ask(own, demandOf(100n), limits);
      expect(refused).toMatchObject({ kind: 'refused', refusal: codeOf(type) });
      expect(await ask(account, demandOf(100n))).toMatchObject({ kind: 'admitted' });
      await house.void(last);
      expect(await ask(own, demandOf(100n), limits)).toMatchObject({ kind: 'admitted' });
    });

    it('of tokens and amounts narrows what is granted', async () => {
      const account = await bench.account({ balance: 100_000n });
      const limits: KeyLimits = {
        ...NO_LIMITS,
        quotas: [
          { type: 'daily_tokens', limit: 25n },
          { type: 'total_amount', limit: 130n },
        ],
      };
      const keyId = await bench.key(account.tenantId, limits.quotas);
      const wide = demandOf(100n, { maxNano: 900n, maxTokens: 40 });
      expect(await ask({ ...account, keyId }, wide, limits)).toMatchObject({
        ...{ kind: 'admitted', heldNano: 130n, heldTokens: 25 },
      });
    });
  });

  describe('a minute', () => {
    it('takes rpm requests, and tells the next when it may come', async () => {
      await awayFromTheTurnOfAMinute();
      const account = await bench.account({ balance: 1_000n });
      const limits = { ...NO_LIMITS, rpm: 2 };
      const first = await ask(account, demandOf(1n), limits);
      expect(first).toMatchObject({
        rates: { requests: { limit: 2, remaining: 1 }, tokens: null },
      });
      expect(await ask(account, demandOf(1n), limits)).toMatchObject({
        rates: { requests: { limit: 2, remaining: 0 } },
      });
      const refused = await ask(account, demandOf(1n), limits);
      expect(refused).toMatchObject({
        kind: 'refused',
        refusal: { code: 'rate_limit_exceeded', unit: 'requests' },
      });
      expectWait(refused);
    });

    it('takes tpm tokens', async () => {
      await awayFromTheTurnOfAMinute();
      const account = await bench.account({ balance: 1_000n });
      const limits = { ...NO_LIMITS, tpm: 25 };
      expect(await ask(account, demandOf(1n), limits)).toMatchObject({
        rates: { requests: null, tokens: { limit: 25, remaining: 15 } },
      });
      await ask(account, demandOf(1n), limits);
      const refused = await ask(account, demandOf(1n), limits);
      expect(refused).toMatchObject({ refusal: { code: 'rate_limit_exceeded', unit: 'tokens' } });
      expectWait(refused);
    });

    function expectWait(reply: Awaited<ReturnType<typeof ask>>): void {
      if (reply.kind !== 'refused' || !('retryAfterMs' in reply.refusal))
        throw new Error('no wait');
      expect(reply.refusal.retryAfterMs).toBeGreaterThan(0);
      expect(reply.refusal.retryAfterMs).toBeLessThanOrEqual(120_000);
    }
  });

  it('concurrency: one ends, the next may begin', async () => {
    const account = await bench.account({ balance: 1_000n });
    const limits = { ...NO_LIMITS, concurrency: 2 };
    const first = await house.admitted(account, 1n, limits);
    const second = await house.admitted(account, 1n, limits);
    expect(await ask(account, demandOf(1n), limits)).toMatchObject({
      kind: 'refused',
      refusal: { code: 'concurrency_exceeded' },
    });
    await house.pay(first, 1n);
    const third = await house.admitted(account, 1n, limits);
    await house.void(second);
    await house.void(third);
    expect(await ask(account, demandOf(1n), limits)).toMatchObject({ kind: 'admitted' });
  });

  describe('a trace', () => {
    it('that is in flight is told whose it is, and nothing is held', async () => {
      const account = await bench.account({ balance: 1_000n });
      const first = await house.admitted(account, 100n);
      const repeat = chargeOf(account, { traceId: first.traceId, bodyHash: 'body-2' });
      expect((await house.admit(repeat, demandOf(100n))).reply).toEqual({
        kind: 'trace_taken',
        holder: { bodyHash: 'body-1', keyId: account.keyId },
      });
      expect(await available(account)).toBe(900n);
    });

    it('of 50 at once, one has it', async () => {
      const account = await bench.account({ balance: 10_000n });
      const { traceId } = chargeOf(account);
      const asked = await Promise.all(
        Array.from({ length: 50 }, () =>
          house.admit(chargeOf(account, { traceId }), demandOf(100n)),
        ),
      );
      expect(asked.filter(({ charge }) => charge !== null)).toHaveLength(1);
      expect(await available(account)).toBe(9_900n);
    });

    it('that was paid is taken for good; one that was voided may run as its next attempt', async () => {
      const account = await bench.account({ balance: 1_000n });
      const done = await house.admitted(account, 100n);
      await house.pay(done, 70n);
      const repeat = chargeOf(account, { traceId: done.traceId });
      expect((await house.admit(repeat, demandOf(100n))).reply.kind).toBe('trace_taken');
      expect(await available(account)).toBe(930n);

      const voided = await house.admitted(account, 100n);
      await house.void(voided);
      const again = await house.admit(nextAttempt(voided), demandOf(100n));
      expect(again.charge?.attempt).toBe(2);
      expect(await bench.row(voided.transactionId)).toMatchObject({
        status: 'PENDING',
        attempt: 2,
      });
    });

    it('of a refused request is unused', async () => {
      const account = await bench.account({ balance: 10n });
      const poor = chargeOf(account);
      expect((await house.admit(poor, demandOf(100n))).reply.kind).toBe('refused');
      expect(await bench.ledger.findTrace(account.tenantId, poor.traceId)).toBeNull();
      const cheap = chargeOf(account, { traceId: poor.traceId });
      expect((await house.admit(cheap, demandOf(10n))).reply.kind).toBe('admitted');
    });
  });

  describe('raising a hold', () => {
    it('takes the difference, never lowers, and stops at the last nano', async () => {
      const account = await bench.account({ balance: 200n, creditLimit: 50n });
      const charge = await house.admitted(account, 100n);
      expect(await house.raise(charge, 180n, 18)).toEqual({ kind: 'raised' });
      expect(await available(account)).toBe(20n);
      expect(await house.raise(charge, 50n, 5)).toEqual({ kind: 'raised' });
      expect(await available(account)).toBe(20n);
      expect(await house.raise(charge, 251n, 18)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'insufficient_quota', scope: 'tenant' },
      });
      expect(await house.raise(charge, 250n, 18)).toEqual({ kind: 'raised' });
      expect(await available(account)).toBe(-50n);
    });

    it("is refused by the key's quotas of tokens and amounts", async () => {
      const account = await bench.account({ balance: 1_000n });
      const limits: KeyLimits = {
        ...NO_LIMITS,
        quotas: [
          { type: 'daily_requests', limit: 1n },
          { type: 'monthly_tokens', limit: 20n },
          { type: 'total_amount', limit: 200n },
        ],
      };
      const keyId = await bench.key(account.tenantId, limits.quotas);
      const charge = await house.admitted({ ...account, keyId }, 100n, limits);
      expect(await house.raise(charge, 100n, 21, limits)).toMatchObject({
        refusal: { code: 'monthly_quota_exceeded', scope: 'key' },
      });
      expect(await house.raise(charge, 201n, 20, limits)).toMatchObject({
        refusal: { code: 'insufficient_quota', scope: 'key', quotaType: 'total_amount' },
      });
      expect(await house.raise(charge, 200n, 20, limits)).toEqual({ kind: 'raised' });
    });

    describe('over midnight', () => {
      const yesterdayMs = Date.now() - 86_400_000;
      const [day, month] = [dayOf(yesterdayMs), monthOf(yesterdayMs)];
      const quotas = [{ type: 'daily_amount', limit: 400n }] as const;
      const limits = { ...NO_LIMITS, quotas };

      /** A request of yesterday that holds 100 and is still open. */
      async function openSinceYesterday() {
        const account = await bench.account({ balance: 9_000n });
        const own = { ...account, keyId: await bench.key(account.tenantId, quotas) };
        const old = chargeOf(own, { day, month });
        await bench.ledger.openRow(old, 30_000);
        return { own, old };
      }

      it("takes nothing from today's quota, and is not refused for what today has used", async () => {
        const { own, old } = await openSinceYesterday();
        await house.pay(await house.admitted(own, 390n, limits), 390n, limits);
        expect(await house.raise(old, 300n, 20, limits)).toEqual({ kind: 'raised' });
        expect(await house.raise(old, 401n, 20, limits)).toMatchObject({
          ...{ kind: 'refused', refusal: { quotaType: 'daily_amount' } },
        });
        expect(await ask(own, demandOf(10n), limits)).toMatchObject({ kind: 'admitted' });
      });

      it('is still judged by what its own day has used', async () => {
        const { own, old } = await openSinceYesterday();
        await bench.sql`
          update api_key_quota set used = 250, period = ${day} where api_key_id = ${own.keyId}`;
        expect(await house.raise(old, 151n, 20, limits)).toMatchObject({
          ...{ kind: 'refused', refusal: { quotaType: 'daily_amount' } },
        });
        expect(await house.raise(old, 150n, 20, limits)).toEqual({ kind: 'raised' });
      });
    });

    it('to what it is already costs nothing, also where the tenant is overdrawn by now', async () => {
      const account = await bench.account({ balance: 200n });
      const [mine, dear] = [
        await house.admitted(account, 100n),
        await house.admitted(account, 100n),
      ];
      await house.pay(dear, 150n);
      expect(await available(account)).toBe(-50n);
      expect(await house.raise(mine, 100n, 10)).toEqual({ kind: 'raised' });
      expect(await house.raise(mine, 101n, 10)).toMatchObject({ kind: 'refused' });
    });

    it('of a charge that has ended is unknown', async () => {
      const account = await bench.account({ balance: 1_000n });
      const charge = await house.admitted(account, 100n);
      await house.pay(charge, 70n);
      expect(await house.raise(charge, 200n, 20)).toEqual({ kind: 'unknown' });
      expect(await available(account)).toBe(930n);
    });
  });

  it('the check says what the admission would say, and takes nothing', async () => {
    const account = await bench.account({ balance: 100n, creditLimit: 20n });
    for (let again = 0; again < 3; again += 1) {
      expect(await house.check(account, 120n)).toEqual({ kind: 'ok', availableNano: 100n });
    }
    expect(await house.check(account, 121n)).toEqual({
      kind: 'refused',
      refusal: { code: 'insufficient_quota', scope: 'tenant', availableNano: 100n },
    });
    expect(await ask(account, demandOf(120n))).toMatchObject({ kind: 'admitted' });
  });

  it('a tenant that is not there is a fault of ours, never an admission', async () => {
    const nobody: Account = { ...(await bench.account()), tenantId: newTenantId() };
    await expect(house.check(nobody, 0n)).rejects.toThrow();
    await expect(ask(nobody, demandOf(1n))).rejects.toThrow();
  });
});

function unitOf(type: KeyQuotaType): 'requests' | 'tokens' | 'amount' {
  if (type.endsWith('_requests')) return 'requests';
  return type.endsWith('_tokens') ? 'tokens' : 'amount';
}
