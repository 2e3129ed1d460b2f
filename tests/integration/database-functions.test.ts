import { afterAll, beforeAll, expect, it } from 'vitest';
import { databaseFunction, installFunctions } from '@/server/stores/postgres/database-function';
import { migrate } from '@/server/stores/postgres/migrate';
import { SETTLE } from '@/server/stores/postgres/settle-function';
import { chargeOf, paid } from '../helpers/charges';
import { LedgerBench } from '../helpers/ledger-bench';
import { until } from '../helpers/until';

let bench: LedgerBench;
beforeAll(async () => {
  bench = await LedgerBench.open();
});
afterAll(() => bench.close());

const settleFunctions = async (): Promise<string[]> => {
  const rows = await bench.sql<{ name: string }[]>`
    select proname as name from pg_proc where proname like 'tallygate_settle_%' order by 1`;
  return rows.map(({ name }) => name);
};

it('instances of two releases settle over one database, each with the function that it was built with', async () => {
  const text = "() returns text language sql as $$ select 'the next release' $$";
  const next = databaseFunction('tallygate_settle', text);
  await installFunctions(bench.client.sql, [next]);
  await migrate(bench.database.url);
  expect(await settleFunctions()).toEqual([SETTLE.name, next.name].sort());
  const account = await bench.account({ balance: 100n });
  const charge = paid(chargeOf(account), 30n, { write: 'insert' });
  expect(await bench.ledger.settle(charge)).toMatchObject({ kind: 'settled' });
  const [row] = await bench.sql.unsafe(`select ${next.name}() as said`);
  expect(row?.said).toBe('the next release');
});

it('a new ledger under load is known to the planner within its first thousand charges, not when autovacuum comes', async () => {
  const account = await bench.account({ balance: 10_000n });
  const known = async () => {
    const [row] = await bench.sql<{ rows: number }[]>`
      select reltuples::float8 as rows from pg_class where oid = 'billing_transaction'::regclass`;
    return row?.rows ?? 0;
  };
  expect(await known()).toBeLessThan(100);
  const charges = Array.from({ length: 600 }, () =>
    paid(chargeOf(account), 1n, { write: 'insert' }),
  );
  await Promise.all(charges.map((charge) => bench.ledger.settle(charge)));
  await until('the statistics', async () => (await known()) > 100);
  expect(await bench.brokenInvariants()).toEqual([]);
});
