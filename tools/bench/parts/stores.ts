import { createPostgresClient } from '@/server/stores/postgres/client';
import { createPostgresLedger } from '@/server/stores/postgres/ledger';
import { createRedisClient } from '@/server/stores/redis/client';
import { createRedisQuotaStore } from '@/server/stores/redis/quota-store';
import { createScriptRunner } from '@/server/stores/redis/scripts';
import { type Account, makeAccounts } from './accounts';
import { AMOUNT_NANO, admissionOf, LEASE_MS, newCharge, settlementOf } from './charges';
import { keepBusy } from './keep-busy';
import { settleEach } from './settle-each';

/** As many as the load has connections: so many settle at once when all are served at once. */
const LANES = 32;
const TENANTS = 1_000;

/** The real stores over a migrated database and a Redis of the bench's own. */
export interface Stores {
  /** Settles through the ledger; resolves with how many. */
  settle(whose: 'one tenant' | 'a thousand', forMs: number): Promise<number>;
  settleEach(forMs: number): Promise<number>;
  /** Check, admit, deduct and fold, over all tenants in turn. */
  admit(forMs: number): Promise<number>;
}

/** Connects, and makes the tenants. The connections end with the process. */
export async function openStores(databaseUrl: string, redisUrl: string): Promise<Stores> {
  const { sql } = createPostgresClient(databaseUrl);
  const ledger = createPostgresLedger(sql);
  const redis = createRedisClient(redisUrl, false);
  await redis.connect();
  const quota = createRedisQuotaStore(
    createScriptRunner(redis, () => undefined),
    ledger.snapshot,
  );
  const accounts = await makeAccounts(sql, TENANTS);
  const turn = (count: number): Account => {
    const account = accounts[count % TENANTS];
    if (account === undefined) throw new Error('There is no tenant.');
    return account;
  };
  const hot = turn(0);
  return {
    settle: (whose, forMs) =>
      keepBusy(LANES, forMs, async (count) => {
        const account = whose === 'one tenant' ? hot : turn(count);
        const { kind } = await ledger.settle(settlementOf(newCharge(account)));
        if (kind !== 'settled') throw new Error(`A settlement came to "${kind}".`);
      }),
    settleEach: (forMs) => keepBusy(LANES, forMs, () => settleEach(sql, newCharge(hot))),
    admit: (forMs) =>
      keepBusy(LANES, forMs, async (count) => {
        const charge = newCharge(turn(count));
        const { tenantId, heldNano, operationId } = charge;
        await quota.check(tenantId, heldNano);
        const { kind } = await quota.admit(admissionOf(charge));
        if (kind !== 'admitted') throw new Error(`An admission came to "${kind}".`);
        await quota.deduct({
          ...{ charge, amountNano: AMOUNT_NANO, tokens: 109, requests: 1, unused: null },
          ...{ allowNegative: true, quotaTypes: [], leaseMs: LEASE_MS },
        });
        const operations = [{ operationId, traceId: null }];
        await quota.fold({ tenantId, quota: null, keyQuotas: [], operations });
      }),
  };
}
