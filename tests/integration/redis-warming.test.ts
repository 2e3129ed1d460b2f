import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ReadSnapshot } from '@/server/domain/ports';
import { operationsKey, quotaKey } from '@/server/stores/redis/keys';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { chargeOf } from '../helpers/charges';
import { LedgerBench } from '../helpers/ledger-bench';
import { demandOf, QuotaHouse } from '../helpers/quota-houses';
import { sharedRedisUrl } from '../helpers/redis';

let bench: LedgerBench;
let redis: Redis;

beforeAll(async () => {
  bench = await LedgerBench.open();
  redis = new Redis(sharedRedisUrl());
});

afterAll(async () => {
  redis.disconnect();
  await bench.close();
});

/** A house on Redis that reads the ledger in a way of the test's own. */
const houseThatReads = (read: ReadSnapshot) =>
  new QuotaHouse(
    createRedisQuotaStore(
      createScriptRunner(redis, () => undefined),
      read,
    ),
    bench,
  );

it('a cold hash is warmed by the first who comes, and 200 at once see one balance', async () => {
  let readings = 0;
  const house = houseThatReads((tenantId) => {
    readings += 1;
    return bench.ledger.snapshot(tenantId);
  });
  const account = await bench.account({ balance: 15_000n });
  const asked = await Promise.all(
    Array.from({ length: 200 }, () => house.admit(chargeOf(account), demandOf(100n))),
  );
  expect(asked.filter(({ charge }) => charge !== null)).toHaveLength(150);
  expect(await redis.hget(quotaKey(account.tenantId), 'balance')).toBe('0');
  expect(readings).toBeGreaterThan(0);
  readings = 0;
  await house.check(account, 0n);
  expect(readings).toBe(0);
});

it('a reading that a settlement overtakes is read anew: what was spent is not there twice', async () => {
  const account = await bench.account({ balance: 1_000n });
  const plain = houseThatReads(bench.ledger.snapshot);
  const open = await plain.admitted(account, 400n);
  let readings = 0;
  const late = houseThatReads(async (tenantId) => {
    const reading = await bench.ledger.snapshot(tenantId);
    readings += 1;
    // Between the reading and the warming, the charge ends.
    if (readings === 1) await plain.pay(open, 400n);
    return reading;
  });
  await redis.del(quotaKey(account.tenantId));
  expect(await late.check(account, 0n)).toEqual({ kind: 'ok', availableNano: 600n });
  expect(readings).toBe(2);
  expect(await redis.exists(operationsKey(account.tenantId))).toBe(0);
});

it('also one that a top-up by another instance overtakes', async () => {
  const account = await bench.account({ balance: 1_000n });
  const plain = houseThatReads(bench.ledger.snapshot);
  const late = houseThatReads(async (tenantId) => {
    const reading = await bench.ledger.snapshot(tenantId);
    if (reading?.quota.version !== 1) return reading;
    await bench.sql`
      update tenant_quota set balance = balance + 500 where tenant_id = ${tenantId}`;
    const quota = await bench.quota(tenantId);
    await plain.store.fold({ tenantId, quota, keyQuotas: [], operations: [] });
    return reading;
  });
  expect(await late.check(account, 0n)).toEqual({ kind: 'ok', availableNano: 1_500n });
});
