import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { migrate } from '@/server/stores/postgres/migrate';
import { rebuildUsage } from '@/server/stores/postgres/usage-rebuild';
import { plain, stream } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { startGateway } from '../helpers/gateway';
import { migrateUpTo } from '../helpers/migrate-up-to';

const WRITERS = 4;
const TENANTS = 20;
const OLD_CHARGES = 20_000;
/** Far beyond a statement here, far below what a client waits for. */
const WAIT_MS_MAX = 5_000;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A ledger as 0009 left it, with a past. */
async function oldLedger(): Promise<TestDatabase> {
  const database = await createDatabase({ isMigrated: false });
  cleanups.push(() => database.drop());
  const { sql } = database;
  await migrateUpTo(database.url, '0009_kept_leases');
  await sql`
    insert into tenant (id, name)
    select md5(n::text)::uuid, 'Tenant ' || n from generate_series(1, ${TENANTS}) n`;
  await sql`insert into tenant_quota (tenant_id, balance) select id, 1000000000 from tenant`;
  await sql`
    insert into billing_transaction (id, tenant_id, trace_id, kind, status, model, amount, day, committed_at)
    select gen_random_uuid(), md5((n % ${TENANTS} + 1)::text)::uuid, 'old-' || n, 'charge', 'COMMITTED',
      'sim-fast', 1, now()::date, now()
    from generate_series(1, ${OLD_CHARGES}) n`;
  return database;
}

/** One charge as the release of 0009 wrote it: opened, then ended with its quota and its hour. */
async function charge({ sql }: TestDatabase, tenantId: string): Promise<void> {
  const id = randomUUID();
  await sql`
    insert into billing_transaction (id, tenant_id, trace_id, kind, status, model, hold, day, owner,
      lease_expires_at)
    values (${id}, ${tenantId}, ${id}, 'charge', 'PENDING', 'sim-fast', 10,
      (now() at time zone 'utc')::date, 'old', now() + interval '30 s')`;
  await sql.begin(async (tx) => {
    await tx`select 1 from tenant_quota where tenant_id = ${tenantId} for update`;
    await tx`update tenant_quota set balance = balance - 7 where tenant_id = ${tenantId}`;
    await tx`
      update billing_transaction set status = 'COMMITTED', amount = 7, hold = 0, committed_at = now()
      where id = ${id} and status = 'PENDING'`;
    await tx`
      insert into usage_rollup as u (tenant_id, day, hour, model, api_key_id, requests, amount)
      select tenant_id, day, tallygate_usage_hour(created_at, day), model, tenant_id, 1, amount
      from billing_transaction where id = ${id}
      on conflict (tenant_id, day, hour, model, api_key_id) do update set
        requests = u.requests + 1, amount = u.amount + excluded.amount`;
  });
}

it('what the release of 0009 writes goes on while all migrations since are applied: nothing fails, nothing waits for long', async () => {
  const database = await oldLedger();
  const { sql } = database;
  const tenants = (await sql<{ id: string }[]>`select id from tenant`).map(({ id }) => id);
  let isOver = false;
  let charges = 0;
  let longestMs = 0;
  const writer = async (first: number) => {
    for (let i = first; !isOver; i += WRITERS) {
      const begunMs = performance.now();
      await charge(database, tenants[i % TENANTS] ?? '');
      await sql`select balance from tenant_quota where tenant_id = ${tenants[i % TENANTS] ?? ''}`;
      longestMs = Math.max(longestMs, performance.now() - begunMs);
      charges += 1;
    }
  };
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i)));
  while (charges < 50) await new Promise((resolve) => setTimeout(resolve, 10));
  const before = charges;
  await migrate(database.url);
  const during = charges - before;
  isOver = true;
  await writing;
  expect(during).toBeGreaterThan(0);
  expect(longestMs).toBeLessThan(WAIT_MS_MAX);
  const [books] = await sql<{ balance: bigint; rows: bigint }[]>`
    select (select sum(balance)::bigint from tenant_quota) as balance,
      (select count(*) from billing_transaction where status = 'COMMITTED') as rows`;
  expect(books).toEqual({
    balance: BigInt(TENANTS) * 1_000_000_000n - 7n * BigInt(charges),
    rows: BigInt(OLD_CHARGES + charges),
  });
  // As docs/operations.md has it after an upgrade by turns: then nothing is left to mend.
  await rebuildUsage(sql);
  expect(await rebuildUsage(sql)).toBe(0);
});

it('a gateway under traffic answers every request while other instances of its release start', async () => {
  const gateway = await startGateway();
  cleanups.push(() => gateway.close());
  const tenant = await gateway.admin.newTenant({ balance: '1000000000' });
  let isOver = false;
  const statuses: number[] = [];
  const user = async (ask: typeof plain) => {
    while (!isOver) statuses.push((await ask(gateway, tenant)).status);
  };
  const asking = Promise.all([user(stream), user(plain), user(stream), user(plain)]);
  for (let i = 0; i < 3; i += 1) {
    await Promise.all([migrate(gateway.database.url), migrate(gateway.database.url)]);
  }
  isOver = true;
  await asking;
  expect(statuses.length).toBeGreaterThan(3);
  expect(new Set(statuses)).toEqual(new Set([200]));
});
