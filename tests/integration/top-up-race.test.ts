import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trustedTraceId } from '@/server/domain/ids';
import { bookCredit } from '@/server/services/credits/book';
import { createUnitOfWork } from '@/server/stores/postgres/repositories';
import { quotaKey } from '@/server/stores/redis/keys';
import { LedgerBench } from '../helpers/ledger-bench';
import { openHouses } from '../helpers/quota-houses';
import { sharedRedisUrl } from '../helpers/redis';

const SETTLES = 10_000;
const AT_ONCE = 250;
const TOP_UPS = 200;

let bench: LedgerBench;

beforeAll(async () => {
  bench = await LedgerBench.open();
});
afterAll(() => bench.close());

it(`${TOP_UPS} top-ups that race ${SETTLES} settlements are exact, in both stores`, async () => {
  const houses = openHouses(bench);
  const house = houses.redis;
  const redis = new Redis(sharedRedisUrl());
  const account = await bench.account({ balance: 1_000_000n });
  let left = SETTLES;
  const buy = async () => {
    while (left > 0) {
      left -= 1;
      await house.pay(await house.admitted(account, 10n), 7n);
    }
  };
  const topUp = async () => {
    for (let done = 0; done < TOP_UPS; done += 1) {
      const credit = {
        ...{ tenantId: account.tenantId, traceId: trustedTraceId(randomUUID()) },
        ...({ kind: 'topup', amountNano: 1_000_003n, note: null, refundOf: null } as const),
      };
      const booked = await createUnitOfWork(bench.client.db).transact((tx) =>
        bookCredit(tx, credit),
      );
      if (booked === null) throw new Error('A trace id of its own was taken');
      const told = { quota: booked.quota, keyQuotas: [], operations: [] };
      await house.store.fold({ tenantId: account.tenantId, ...told });
    }
  };
  const from = performance.now();
  await Promise.all([topUp(), ...Array.from({ length: AT_ONCE }, buy)]);
  const tookMs = Math.round(performance.now() - from);
  console.info(`${SETTLES} settlements and ${TOP_UPS} top-ups of one tenant: ${tookMs} ms`);

  const balance = 1_000_000n + BigInt(TOP_UPS) * 1_000_003n - BigInt(SETTLES) * 7n;
  const { version, ...row } = await bench.quota(account.tenantId);
  expect(row).toMatchObject({ balanceNano: balance, dailyUsed: SETTLES, monthlyUsed: SETTLES });
  const fields = ['balance', 'base', 'daily_used', 'monthly_used', 'version'];
  expect(await redis.hmget(quotaKey(account.tenantId), ...fields)).toEqual(
    [balance, balance, SETTLES, SETTLES, version].map(String),
  );
  expect(await redis.hlen(`{${quotaKey(account.tenantId)}}:ops`)).toBe(0);
  expect(await bench.brokenInvariants()).toEqual([]);
  redis.disconnect();
  houses.close();
});
