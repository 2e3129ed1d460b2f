import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quotaKey } from '@/server/stores/redis/keys';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { chargeOf } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';
import { LuaBench } from '../helpers/lua-bench';
import { demandOf, NO_LIMITS, QuotaHouse } from '../helpers/quota-houses';

/** A day and a month begin. Far ahead: no clock of the machine has been there. */
const MIDNIGHT_MS = Date.UTC(2099, 1, 1);
const LIMITS = { ...NO_LIMITS, quotas: [{ type: 'daily_requests', limit: 1n }] as const };

describe('midnight at a month’s end inside a request', () => {
  let bench: LedgerBench;
  let lua: LuaBench;
  let house: QuotaHouse;
  let account: Account;

  beforeAll(async () => {
    [bench, lua] = await Promise.all([LedgerBench.open(), LuaBench.open()]);
    const scripts = {
      run: (
        name: Parameters<LuaBench['run']>[0],
        keys: readonly string[],
        args: readonly unknown[],
      ) => lua.run(name, keys, args.map(String)),
    };
    house = new QuotaHouse(createRedisQuotaStore(scripts, bench.ledger.snapshot), bench);
  });
  afterAll(async () => {
    await lua.close();
    await bench.close();
  });

  const ask = () => house.admit(chargeOf(account), demandOf(100n), LIMITS);

  async function admitted() {
    const { charge, reply } = await ask();
    if (charge === null) throw new Error(`It was not admitted: ${JSON.stringify(reply)}`);
    return charge;
  }

  const inRedis = async () =>
    await lua.redis.hmget(
      quotaKey(account.tenantId),
      ...['balance', 'base', 'daily_date', 'daily_used', 'monthly_month', 'monthly_used'],
      `kq:${account.keyId}:daily_requests`,
    );

  async function inPostgres() {
    const { balanceNano, ...row } = await bench.quota(account.tenantId);
    const snapshot = await bench.ledger.snapshot(account.tenantId);
    const [key] = snapshot?.keyQuotas ?? [];
    return [
      ...[String(balanceNano), String(balanceNano), row.dailyDate, String(row.dailyUsed)],
      ...[row.monthlyMonth, String(row.monthlyUsed), String(key?.used)],
    ];
  }

  it.each(['before the next one', 'after the next one'])(
    'a charge that is settled %s counts in its own day and month, in both stores',
    async (order) => {
      account = await bench.account({ balance: 1_000n, dailyLimit: 1, monthlyLimit: 1 });
      const keyId = await bench.key(account.tenantId, LIMITS.quotas);
      account = { ...account, keyId };
      await lua.setClock(MIDNIGHT_MS - 1);
      const old = await admitted();
      expect([old.day, old.month]).toEqual(['2099-01-31', '2099-01']);
      expect((await ask()).reply.kind).toBe('refused');

      await lua.setClock(MIDNIGHT_MS);
      const fresh = await admitted();
      expect([fresh.day, fresh.month]).toEqual(['2099-02-01', '2099-02']);
      expect((await ask()).reply.kind).toBe('refused');
      const both = order === 'before the next one' ? [old, fresh] : [fresh, old];
      for (const charge of both) await house.pay(charge, 30n, LIMITS);

      const expected = ['940', '940', '2099-02-01', '1', '2099-02', '1', '1'];
      expect(await inPostgres()).toEqual(expected);
      expect(await inRedis()).toEqual(expected);
      expect((await ask()).reply.kind).toBe('refused');
      expect(await bench.brokenInvariants()).toEqual([]);
    },
  );

  it('a clock that has not come so far yet counts in the day that has begun', async () => {
    account = await bench.account({ balance: 1_000n, dailyLimit: 2 });
    await lua.setClock(MIDNIGHT_MS + 45_000);
    await house.pay(await admitted(), 30n, LIMITS);
    // As after a failover to a replica that is behind.
    await lua.setClock(MIDNIGHT_MS - 45_000);
    account = { ...account, keyId: await bench.key(account.tenantId) };
    const behind = await admitted();
    expect(behind.day).toBe('2099-02-01');
    await house.pay(behind, 30n, LIMITS);
    expect((await ask()).reply.kind).toBe('refused');
    expect(await bench.quota(account.tenantId)).toMatchObject({
      ...{ dailyDate: '2099-02-01', dailyUsed: 2, balanceNano: 940n },
    });
  });
});
