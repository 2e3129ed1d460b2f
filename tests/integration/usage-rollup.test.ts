import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import { newTraceId, newTransactionId } from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import { migrate } from '@/server/stores/postgres/migrate';
import { rebuildUsage } from '@/server/stores/postgres/usage-rebuild';
import { chargeOf, nextAttempt, paid, unpaid } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';

const RUNS = 60;

let bench: LedgerBench;
beforeAll(async () => {
  bench = await LedgerBench.open();
});
afterAll(() => bench.close());

/** What the roll-up says, and what the rows come to, counted here in the plainest way. */
async function bothSides({ tenantId }: Account) {
  const summed = (table: string) => bench.sql<Sums[]>`
    select day::text, model, api_key_id, sum(requests)::int as requests, sum(voided)::int as voided,
      sum(input_tokens)::int as input, sum(output_tokens)::int as output, sum(amount)::text as amount,
      sum(duration_ms)::int as duration, sum(timed)::int as timed
    from ${bench.sql(table)} where tenant_id = ${tenantId} group by 1, 2, 3
    having sum(requests) + sum(voided) > 0 order by 1, 2, 3`;
  const rolled = await summed('usage_rollup');
  expect([...(await summed('usage_daily'))]).toEqual([...rolled]);
  const rows = await bench.sql<Sums[]>`
    with t as (select *, (status = 'COMMITTED')::int as c from billing_transaction
      where tenant_id = ${tenantId} and kind = 'charge' and status <> 'PENDING')
    select day::text, model, api_key_id, sum(c)::int as requests, sum(1 - c)::int as voided,
      sum(c * input_tokens)::int as input, sum(c * output_tokens)::int as output,
      sum(c * amount)::text as amount, coalesce(sum(c * duration_ms), 0)::int as duration,
      sum(c * (duration_ms is not null)::int)::int as timed
    from t group by 1, 2, 3 order by 1, 2, 3`;
  return { rolled: [...rolled], rows: [...rows] };
}

interface Sums {
  readonly requests: number;
  readonly voided: number;
  readonly amount: string;
}

const expire = (charge: OpenCharge) =>
  bench.sql`
    update billing_transaction set lease_expires_at = clock_timestamp() - interval '1 second'
    where id = ${charge.transactionId} and status = 'PENDING'`;

describe('the usage roll-up', () => {
  it('moves in the transaction that ends a charge, for what was delivered and what was not', async () => {
    const account = await bench.account({ balance: 1_000n });
    const open = chargeOf(account);
    await bench.ledger.openRow(open, 30_000);
    expect(await bothSides(account)).toEqual({ rolled: [], rows: [] });
    await bench.ledger.settle(paid(open, 30n));
    await bench.ledger.settle(paid(chargeOf(account), 50n, { write: 'insert' }));
    await bench.ledger.settle(unpaid(chargeOf(account), { write: 'insert' }));
    const { rolled, rows } = await bothSides(account);
    expect(rolled).toMatchObject([
      { requests: 2, voided: 1, input: 6, output: 8, amount: '80', duration: 18, timed: 2 },
    ]);
    expect(rolled).toEqual(rows);
  });

  it('counts a settlement once, however often it is repeated', async () => {
    const account = await bench.account({ balance: 1_000n });
    const settlement = paid(chargeOf(account), 30n, { write: 'insert' });
    for (let time = 0; time < 3; time += 1) await bench.ledger.settle(settlement);
    await bench.ledger.settle({ ...settlement, write: 'update' });
    expect((await bothSides(account)).rolled).toMatchObject([{ requests: 1, amount: '30' }]);
  });

  it('takes a void back when its trace runs again, and when it is charged late', async () => {
    const account = await bench.account({ balance: 1_000n });
    const [again, late] = [chargeOf(account), chargeOf(account)];
    for (const charge of [again, late]) {
      await bench.ledger.openRow(charge, 30_000);
      await expire(charge);
      const swept = { onlyIfExpired: true };
      await bench.ledger.settle(unpaid(charge, swept, 'lease_expired'));
    }
    expect((await bothSides(account)).rolled).toMatchObject([{ requests: 0, voided: 2 }]);
    await bench.ledger.openRow(nextAttempt(again), 30_000);
    expect((await bothSides(account)).rolled).toMatchObject([{ requests: 0, voided: 1 }]);
    await bench.ledger.settle(paid(late, 40n, { answerLeft: true }));
    await bench.ledger.settle(paid(nextAttempt(again), 5n));
    const { rolled, rows } = await bothSides(account);
    expect(rolled).toMatchObject([{ requests: 2, voided: 0, amount: '45' }]);
    expect(rolled).toEqual(rows);
  });

  it('runs voids again beside settlements of the same hour, and none waits for another in a circle', async () => {
    const account = await bench.account({ balance: 10_000n });
    const voids = Array.from({ length: 30 }, () => chargeOf(account));
    await Promise.all(voids.map((each) => bench.ledger.settle(unpaid(each, { write: 'insert' }))));
    await Promise.all(
      voids.flatMap((each) => [
        bench.ledger.openRow(nextAttempt(each), 30_000),
        bench.ledger.settle(paid(chargeOf(account), 3n, { write: 'insert' })),
      ]),
    );
    const { rolled, rows } = await bothSides(account);
    expect(rolled).toMatchObject([{ requests: 30, voided: 0, amount: '90' }]);
    expect(rolled).toEqual(rows);
  });

  it('puts a charge in the hour of its time, held within the day that it counts in', async () => {
    const account = await bench.account({ balance: 1_000n });
    const on = { day: trustedDay('2020-02-29'), month: trustedMonth('2020-02') };
    await bench.ledger.settle(paid(chargeOf(account, on), 1n, { write: 'insert' }));
    const beforeItsTime = { day: trustedDay('2999-01-01'), month: trustedMonth('2999-01') };
    await bench.ledger.settle(paid(chargeOf(account, beforeItsTime), 1n, { write: 'insert' }));
    const hours = await bench.sql`
      select day::text, hour from usage_rollup where tenant_id = ${account.tenantId} order by day`;
    expect([...hours]).toEqual([
      { day: '2020-02-29', hour: 23 },
      { day: '2999-01-01', hour: 0 },
    ]);
  });

  it('is what the rows come to after any history, by the audit too', async () => {
    const step = fc.record({
      charge: fc.nat(5),
      act: fc.constantFrom('open', 'pay', 'void', 'sweep', 'late', 'again', 'insert', 'refund'),
      amount: fc.bigInt({ min: 0n, max: 50n }),
      day: fc.constantFrom('2026-03-31', '2026-04-01'),
      model: fc.constantFrom('sim-1', 'sim-2'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const account = await bench.account({ balance: 1_000n });
        const keys = [account.keyId, await bench.key(account.tenantId)];
        const charges = new Map<number, OpenCharge>();
        const chargeFor = ({ charge, day, model }: (typeof steps)[number]) => {
          const made = chargeOf(account, {
            ...{ day: trustedDay(day), month: trustedMonth(day.slice(0, 7)), model },
            keyId: keys[charge % 2] ?? account.keyId,
          });
          const standing = charges.get(charge) ?? made;
          charges.set(charge, standing);
          return standing;
        };
        // Those of a run that do not wait for each other share a batch, as requests do.
        const settling: Promise<unknown>[] = [];
        for (const each of steps) {
          const charge = chargeFor(each);
          const settle = (settlement: ReturnType<typeof paid>) =>
            settling.push(bench.ledger.settle(settlement));
          if (each.act === 'insert') {
            const other = { transactionId: newTransactionId(), traceId: newTraceId() };
            settle(paid({ ...charge, ...other }, each.amount, { write: 'insert' }));
            continue;
          }
          if (each.act === 'pay') settle(paid(charge, each.amount));
          if (each.act === 'void') settle(unpaid(charge));
          if (each.act === 'late') settle(paid(charge, each.amount, { answerLeft: true }));
          if (each.act === 'open' || each.act === 'again')
            await bench.ledger.openRow(charge, 30_000);
          await Promise.all(settling.splice(0));
          if (each.act === 'sweep') {
            await expire(charge);
            await bench.ledger.settle(unpaid(charge, { onlyIfExpired: true }, 'lease_expired'));
          }
          if (each.act === 'again') {
            const next = nextAttempt(charge, { day: trustedDay(each.day) });
            const opened = await bench.ledger.openRow(next, 30_000);
            if (opened.kind === 'opened') charges.set(each.charge, next);
          }
          if (each.act === 'refund') await refund(account, each.amount);
        }
        await Promise.all(settling);
        const { rolled, rows } = await bothSides(account);
        expect(rolled).toEqual(rows);
      }),
      { numRuns: RUNS },
    );
    expect(await bench.brokenInvariants()).toEqual([]);
  });
});

const refund = ({ tenantId }: Account, amount: bigint) =>
  bench.sql.begin(async (tx) => {
    await tx`
      insert into billing_transaction (
        id, tenant_id, trace_id, kind, status, amount, balance_after, committed_at)
      select ${newTransactionId()}, tenant_id, ${newTraceId()}, 'refund', 'COMMITTED',
        ${String(amount)}, balance + ${String(amount)}, now()
      from tenant_quota where tenant_id = ${tenantId} for update`;
    await tx`
      update tenant_quota set balance = balance + ${String(amount)} where tenant_id = ${tenantId}`;
  });

describe('where the roll-up is not what the rows come to', () => {
  /** Both ways of going wrong by hand-made SQL: a sum that is off, and rows that were never counted. */
  async function spoiled(): Promise<Account> {
    const account = await bench.account({ balance: 1_000n });
    await bench.ledger.settle(paid(chargeOf(account), 30n, { write: 'insert' }));
    const other = chargeOf(account, { model: 'sim-2' });
    await bench.ledger.settle(paid(other, 20n, { write: 'insert' }));
    await bench.sql`
      update usage_rollup set amount = amount + 7 where tenant_id = ${account.tenantId} and model = 'sim-1'`;
    await bench.sql`
      delete from usage_rollup where tenant_id = ${account.tenantId} and model = 'sim-2'`;
    await bench.sql`
      update usage_daily set voided = 1 where tenant_id = ${account.tenantId} and model = 'sim-1'`;
    return account;
  }

  it('the audit names the sums, a rebuild mends them, and a second one finds nothing', async () => {
    const account = await spoiled();
    const [broken] = await bench.brokenInvariants();
    expect(broken).toMatchObject({ name: 'usage_rolled_up', broken: 4 });
    expect(broken?.violations.map(({ found }) => found)).toEqual([
      'amount 7 too much',
      expect.stringContaining('requests 1 short'),
      'voided 1 too much, amount 7 short',
      expect.stringContaining('requests 1 too much'),
    ]);
    expect(await rebuildUsage(bench.client.sql)).toBe(3);
    expect(await bench.brokenInvariants()).toEqual([]);
    expect(await rebuildUsage(bench.client.sql)).toBe(0);
    const { rolled, rows } = await bothSides(account);
    expect(rolled).toEqual(rows);
  });

  it('what the ledger held before the roll-up came is summed up by whoever starts first', async () => {
    const account = await bench.account({ balance: 1_000n });
    await bench.ledger.settle(paid(chargeOf(account), 30n, { write: 'insert' }));
    await bench.sql`delete from usage_rollup`;
    await bench.sql`delete from usage_daily`;
    await bench.sql`delete from setting where name in ('usage_summed_up', 'usage_days_summed_up')`;
    await Promise.all([migrate(bench.database.url), migrate(bench.database.url)]);
    const { rolled, rows } = await bothSides(account);
    expect([rolled.length, rolled]).toEqual([1, rows]);
    expect(await bench.brokenInvariants()).toEqual([]);
  });

  it('a rebuild beside settlements, and another rebuild, leaves the sums right', async () => {
    const account = await spoiled();
    const settling = Array.from({ length: 60 }, async (_, at) => {
      await new Promise((resolve) => setTimeout(resolve, at % 20));
      await bench.ledger.settle(paid(chargeOf(account), 2n, { write: 'insert' }));
    });
    const rebuilds = await Promise.allSettled(
      Array.from({ length: 4 }, () => rebuildUsage(bench.client.sql)),
    );
    await Promise.all(settling);
    expect(rebuilds.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    expect(await bench.brokenInvariants()).toEqual([]);
  });
});
