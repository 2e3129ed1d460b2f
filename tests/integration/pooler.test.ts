import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createPostgresClient } from '@/server/stores/postgres/client';
import { migrate } from '@/server/stores/postgres/migrate';
import type { ScriptServer } from '../../tools/script-server';
import { chargesOf, expectBooksRight, expectStoresAgree, quotaOf, sumOf } from '../helpers/books';
import { atOnce, plain, stream, tally } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { MODES } from '../helpers/modes';
import { startPgbouncer } from '../helpers/pgbouncer';

/** Fewer than a gateway opens: each gets connections on which others have just been. */
const POOL_SIZE = 3;
const AT_ONCE = 24;
const STATEMENTS = 400;
const BALANCE = 1_000_000_000n;

// npm run test:pgbouncer runs all of the integration suites so.
describe('behind a pooler in transaction mode', () => {
  let pooler: ScriptServer;
  let database: TestDatabase;

  beforeAll(async () => {
    pooler = await startPgbouncer(POOL_SIZE);
    database = await createDatabase({ pooler: pooler.url, isMigrated: false });
  });
  afterAll(async () => {
    await database?.drop();
    await pooler?.stop();
  });

  it('several instances migrate at once, and no lock stays behind at a connection', async () => {
    await Promise.all([1, 2, 3].map(() => migrate(database.url)));
    await migrate(database.url);
    const locks = await database.sql`select 1 from pg_locks where locktype = 'advisory'
      and database = (select oid from pg_database where datname = current_database())`;
    expect(locks).toHaveLength(0);
  });

  it('many statements at once, with parameters and without, all come back', async () => {
    const client = createPostgresClient(database.url);
    onTestFinished(() => client.close());
    const { sql } = client;
    const asked = Array.from({ length: STATEMENTS }, (_, index) =>
      index % 2 === 0 ? sql`select 1 as found` : sql`select ${index}::int as found`,
    );
    const found = await Promise.all(asked);
    expect(found.map(([row]) => row?.found)).toEqual(
      asked.map((_, index) => (index % 2 === 0 ? 1 : index)),
    );
  }, 20_000);

  describe.each(MODES)('(%s)', (mode) => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await startGateway({ database, ...(mode === 'Redis' ? {} : { redisUrl: 'off' }) });
      await gateway.admin.seedCatalogue(gateway.simulator.url);
    });
    afterAll(() => gateway?.close());

    it('requests at once, plain and streamed, all succeed and cost exactly their sum', async () => {
      const tenant = await gateway.admin.newTenant({ balance: String(BALANCE) });
      const replies = await atOnce(AT_ONCE, (index) =>
        (index % 2 === 0 ? plain : stream)(gateway, tenant),
      );
      expect(tally(replies)).toEqual({ '200': AT_ONCE });
      // One that the ledger was too slow for waits on the spool for a moment.
      const committed = async () =>
        (await chargesOf(gateway, tenant)).filter(({ status }) => status === 'COMMITTED').length;
      await expect.poll(committed, { timeout: 10_000, interval: 50 }).toBe(AT_ONCE);
      const charges = await chargesOf(gateway, tenant);
      expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - sumOf(charges));
      await expectStoresAgree(gateway, tenant);
    });

    it('a trace that is repeated is bought once', async () => {
      const tenant = await gateway.admin.newTenant();
      const ask = () => plain(gateway, tenant, { traceId: 'once' });
      const replies = [await ask(), await ask()];
      expect(replies.map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([
        null,
        'true',
      ]);
      expect(await chargesOf(gateway, tenant)).toHaveLength(1);
    });

    it('leaves books that the audit finds right', () => expectBooksRight(gateway));
  });
});
