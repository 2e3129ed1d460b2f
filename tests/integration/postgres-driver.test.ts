import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPostgresClient, type PostgresClient } from '@/server/stores/postgres/client';
import { isPostgresOutage } from '@/server/stores/postgres/failure';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { startTcpProxy, type TcpProxy } from '../helpers/tcp-proxy';
import { until } from '../helpers/until';

let database: TestDatabase;
let proxy: TcpProxy;
let client: PostgresClient;

beforeAll(async () => {
  database = await createDatabase();
  await database.sql`create table note (said text primary key)`;
  const url = new URL(database.url);
  proxy = await startTcpProxy(Number(url.port));
  url.port = String(proxy.port);
  // One connection: whatever is left over from a lost one meets the next user at once.
  client = createPostgresClient(url.href, { connectionsMax: 1 });
});

afterEach(async () => {
  proxy.mend();
  await database.sql`truncate note`;
});

afterAll(async () => {
  await client?.close();
  await proxy?.close();
  await database?.drop();
});

const endBackends = () => database.sql`
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and application_name = 'tallygate'`;

const notes = async () =>
  (await database.sql<{ said: string }[]>`select said from note order by said`).map(
    (row) => row.said,
  );

/** A promise that a test fulfils when its time has come. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const LOSSES = [
  { how: 'ended by the server', lose: async () => void (await endBackends()) },
  { how: 'closed on the way', lose: async () => proxy.cut() },
  { how: 'reset on the way', lose: async () => proxy.reset() },
];

test.each(LOSSES)(
  'a transaction whose connection is $how during a query fails as an outage, and the next one works',
  async ({ lose }) => {
    const started = gate();
    const transaction = client.sql.begin(async (tx) => {
      await tx`insert into note values ('lost')`;
      const slow = tx`select pg_sleep(1)`.execute();
      started.open();
      await slow;
    });
    await started.opened;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const failure = expect(transaction).rejects.toSatisfy(isPostgresOutage);
    await lose();
    await failure;
    proxy.mend();
    for (const said of ['first', 'second']) {
      await client.sql.begin((tx) => [tx`insert into note values (${said})`]);
    }
    expect(await notes()).toEqual(['first', 'second']);
  },
);

test.each(LOSSES)(
  'a transaction whose connection is $how between queries never speaks in the next transaction',
  async ({ lose }) => {
    const begun = gate();
    const goOn = gate();
    const lost = client.sql.begin(async (tx) => {
      await tx`insert into note values ('lost')`;
      begun.open();
      await goOn.opened;
      await tx`insert into note values ('late')`;
    });
    const failure = expect(lost).rejects.toSatisfy(isPostgresOutage);
    await begun.opened;
    await lose();
    await failure;
    proxy.mend();
    const next = client.sql.begin(async (tx) => {
      await tx`insert into note values ('next')`;
      goOn.open();
      await new Promise((resolve) => setTimeout(resolve, 100));
      throw new Error('rolled back');
    });
    await expect(next).rejects.toThrow('rolled back');
    expect(await notes()).toEqual([]);
  },
);

test('a server that takes a connection and drops it at once is an outage, not a wait', async () => {
  await endBackends();
  proxy.cut();
  await expect(client.sql`select 1`).rejects.toSatisfy(isPostgresOutage);
  proxy.mend();
  expect(await client.sql`select 1 as one`).toEqual([{ one: 1 }]);
});

test('a transaction that begins behind a full pipeline has its connection to itself', async () => {
  // The driver sends up to 100 statements ahead; the BEGIN that fills them up is one of these.
  for (let ahead = 97; ahead <= 103; ahead += 1) {
    const said = `behind ${ahead}`;
    const busy = Array.from({ length: ahead }, () => client.sql.unsafe('select 1').execute());
    await client.sql.begin((tx) => [tx`insert into note values (${said})`]);
    await Promise.all(busy);
    expect(await notes()).toContain(said);
    const [own] = await client.sql`select pg_current_xact_id_if_assigned() as transaction`;
    expect(own).toEqual({ transaction: null });
  }
});

test('a pool tells how many of its connections are at work and how many statements wait', async () => {
  const gateway = () => client.loads().find(({ pool }) => pool === 'gateway');
  await client.sql`select 1`;
  expect(gateway()).toEqual({ pool: 'gateway', busy: 0, waiting: 0 });
  const finish = gate();
  const transaction = client.sql.begin(async (tx) => {
    await tx`select 1`;
    await finish.opened;
  });
  const isBusy = async () => gateway()?.busy === 1;
  await until('the transaction to have its connection', isBusy);
  const waits = [client.sql`select 1`.execute(), client.sql`select 2`.execute()];
  await until('both to wait', async () => gateway()?.waiting === 2);
  finish.open();
  await Promise.all([transaction, ...waits]);
  expect(gateway()).toEqual({ pool: 'gateway', busy: 0, waiting: 0 });
});
