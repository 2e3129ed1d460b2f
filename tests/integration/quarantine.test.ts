import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sweep } from '@/server/gateway/sweep';
import { abandonStream } from '../helpers/abandoned';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, quotaOf, sumOf } from '../helpers/books';
import { atOnce, outcomeOf, plain, stream, tally } from '../helpers/buy';
import { paid, unpaid } from '../helpers/charges';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { type OtherInstance, startOtherInstance } from '../helpers/other-instance';
import { until } from '../helpers/until';

const BALANCE = 1_000_000_000n;
const listSchema = z.object({
  items: z.array(
    z.object({
      operationId: z.string(),
      tenantId: z.string(),
      traceId: z.string(),
      model: z.string(),
      amount: z.string(),
      reason: z.string(),
      tries: z.number(),
      createdAt: z.string(),
    }),
  ),
});

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
  // A fault in the database that only some rows meet, as a broken trigger of an operator's would be.
  await gateway.database.sql.unsafe(`
    create function refuse_poison() returns trigger language plpgsql as $$
    begin
      if new.status = 'COMMITTED' and new.trace_id like 'poison%' then
        raise exception 'this row is poison';
      end if;
      return new;
    end $$;
    create trigger refuse_poison before insert or update on billing_transaction
      for each row execute function refuse_poison();`);
});

afterAll(() => gateway?.close());

const quarantine = async () =>
  listSchema.parse(await gateway.admin.call('GET', 'quarantine')).items;
const heal = () =>
  gateway.database.sql`alter table billing_transaction disable trigger refuse_poison`;
const spoil = () =>
  gateway.database.sql`alter table billing_transaction enable trigger refuse_poison`;

async function buyPoison(tenant: TestTenant): Promise<void> {
  const replies = await atOnce(21, (index) =>
    index === 10
      ? plain(gateway, tenant, { traceId: `poison-${tenant.id}` })
      : (index % 2 === 0 ? plain : stream)(gateway, tenant),
  );
  expect(tally(replies)).toEqual({ '200': 21 });
  await until('the poison to be set aside', async () => (await quarantine()).length === 1);
}

test('a charge that the ledger refuses waits in quarantine; its batch is charged all the same', async () => {
  await spoil();
  const tenant = await gateway.admin.newTenant();
  await buyPoison(tenant);
  const charges = await chargesOf(gateway, tenant);
  expect(charges.filter((charge) => charge.status === 'COMMITTED')).toHaveLength(20);
  const [held] = await quarantine();
  expect(held).toMatchObject({
    tenantId: tenant.id,
    traceId: `poison-${tenant.id}`,
    tries: 1,
    reason: 'this row is poison',
  });
  const audit = await gateway.admin.audit();
  expect(audit.invariants.find(({ name }) => name === 'quarantine_empty')?.ok).toBe(false);

  const path = `quarantine/${held?.operationId}`;
  expect(await gateway.admin.call('POST', `${path}/retry`)).toEqual({ outcome: 'refused' });
  expect((await quarantine())[0]?.tries).toBe(2);
  await heal();
  expect(await gateway.admin.call('POST', `${path}/retry`)).toEqual({ outcome: 'booked' });
  expect(await quarantine()).toEqual([]);
  await expect(gateway.admin.call('POST', `${path}/retry`)).rejects.toThrow('404');
  await expectBooksRight(gateway);
  const booked = await chargesOf(gateway, tenant);
  expect(booked.filter((charge) => charge.status === 'COMMITTED')).toHaveLength(21);
  expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - sumOf(booked));
});

test('its amount is not available to the tenant while it waits', async () => {
  await spoil();
  const tenant = await gateway.admin.newTenant();
  await buyPoison(tenant);
  const [held] = await quarantine();
  const row = await quotaOf(gateway, tenant);
  const hash = await gateway.redis?.hget(`gw:quota:tenant:${tenant.id}`, 'balance');
  expect(BigInt(hash ?? '0')).toBe(row.balance - BigInt(held?.amount ?? '0'));
  await heal();
  await gateway.admin.call('POST', `quarantine/${held?.operationId}/retry`);
  await expectBooksRight(gateway);
});

test('one that an operator gives up leaves the list, and its charge is ended by the sweeper', async () => {
  await spoil();
  const tenant = await gateway.admin.newTenant();
  await buyPoison(tenant);
  const [held] = await quarantine();
  const path = `quarantine/${held?.operationId}`;
  await gateway.admin.call('DELETE', path);
  expect(await quarantine()).toEqual([]);
  await expect(gateway.admin.call('DELETE', path)).rejects.toThrow('404');
  await expect(gateway.admin.call('DELETE', 'quarantine/nonsense')).rejects.toThrow('404');
  await gateway.database.sql`
    update billing_transaction set lease_expires_at = now() - interval '1 second'
    where tenant_id = ${tenant.id} and status = 'PENDING'`;
  await heal();
  // The sweeper leaves a server alone that came up less than a lease ago.
  const isSwept = async () => (await gateway.container.maintain()).swept > 0;
  await until('the sweeper', isSwept, 45_000);
  const charges = await chargesOf(gateway, tenant);
  expect(charges.find(({ trace_id }) => trace_id.startsWith('poison'))?.status).toBe('VOIDED');
  await expectBooksRight(gateway);
});

describe('what the sweeper could not write', () => {
  let other: OtherInstance;
  beforeAll(() => {
    other = startOtherInstance(gateway);
  });
  afterAll(() => other.close());

  /** A stream whose owner stood still, and what a sweeper then said of it. */
  async function refusedSweep() {
    const tenant = await gateway.admin.newTenant();
    const charge = await abandonStream(other, tenant, 0);
    const refused = unpaid(charge, { onlyIfExpired: true }, 'lease_expired');
    return { tenant, charge, refused };
  }

  test('is judged anew after a retry: its owner may have woken and delivered', async () => {
    await heal();
    const { tenant, charge, refused } = await refusedSweep();
    await other.ports.quarantine.put(refused, 'this row is poison');
    const awake = { charge, heldNano: charge.heldNano, heldTokens: charge.heldTokens };
    const { ledger } = other.ports;
    const grip = await ledger.checkpoint({
      ...awake,
      ...{ inputTokens: 3, outputTokens: 40, leaseMs: 1 },
    });
    expect(grip).toBe('held');
    const path = `quarantine/${charge.operationId}/retry`;
    expect(await gateway.admin.call('POST', path)).toEqual({ outcome: 'left_to_sweeper' });
    await sweep(other.ports);
    const [ended] = await chargesOf(gateway, tenant);
    expect(ended).toMatchObject({ status: 'COMMITTED', output_tokens: 40 });
    await expectBooksRight(gateway);
  });

  test('never takes the place of what the owner said', async () => {
    const { tenant, charge, refused } = await refusedSweep();
    await other.ports.quarantine.put(paid(charge, 23n), 'this row is poison');
    await other.ports.quarantine.put(refused, 'this row is poison');
    expect((await quarantine())[0]).toMatchObject({ amount: '23', tries: 2 });
    const path = `quarantine/${charge.operationId}/retry`;
    expect(await gateway.admin.call('POST', path)).toEqual({ outcome: 'booked' });
    expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - 23n);
    await expectBooksRight(gateway);
  });
});

test('the quarantine is the operator’s alone', async () => {
  const reply = await fetch(`${gateway.origin}/api/admin/v1/quarantine`);
  expect(reply.status).toBe(401);
  expect(outcomeOf(await plain(gateway, await gateway.admin.newTenant()))).toBe('200');
});
