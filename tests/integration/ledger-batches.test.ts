import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCharge, Settlement } from '@/server/domain/charge';
import { newTenantId } from '@/server/domain/ids';
import { createPostgresLedger } from '@/server/stores/postgres/ledger';
import { openRow } from '@/server/stores/postgres/open-row';
import { settleBatch } from '@/server/stores/postgres/settle-batch';
import { chargeOf, delivered, nextAttempt, paid, unpaid } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';
import { isAnyoneWaiting } from '../helpers/locks';
import { until } from '../helpers/until';

const LEASE_MS = 30_000;

let bench: LedgerBench;

beforeAll(async () => {
  bench = await LedgerBench.open();
});

afterAll(() => bench.close());

const inserted = (account: Account, amountNano = 10n): Settlement =>
  paid(chargeOf(account, { traceNamed: false }), amountNano, { write: 'insert' });

describe('settlements at once', () => {
  it('share transactions, and the balance falls by exactly their sum', async () => {
    const account = await bench.account({ balance: 1_000_000n });
    const before = await bench.quota(account.tenantId);
    const settlements = Array.from({ length: 1_200 }, (_, at) => inserted(account, BigInt(at)));
    const replies = await Promise.all(settlements.map(bench.ledger.settle));
    expect(replies.every((reply) => reply.kind === 'settled')).toBe(true);
    const after = await bench.quota(account.tenantId);
    expect(after).toMatchObject({
      balanceNano: before.balanceNano - (1_199n * 1_200n) / 2n,
      ...{ dailyUsed: 1_200, monthlyUsed: 1_200 },
    });
    // One version for each transaction: far fewer than settlements.
    expect(after.version - before.version).toBeLessThanOrEqual(6);
  });

  it("each is told the balance right after its own charge: the ledger's lines follow one another", async () => {
    const account = await bench.account({ balance: 1_000n });
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => bench.ledger.settle(inserted(account, 3n))),
    );
    const balances = replies.map((reply) =>
      reply.kind === 'settled' ? reply.balanceAfterNano : null,
    );
    const sorted = [...balances].sort((a, b) => Number((b ?? 0n) - (a ?? 0n)));
    expect(sorted).toEqual(Array.from({ length: 20 }, (_, at) => 1_000n - 3n * BigInt(at + 1)));
  });

  it('of many tenants move each its own row only', async () => {
    const accounts = await Promise.all(
      Array.from({ length: 12 }, () => bench.account({ balance: 1_000n })),
    );
    await Promise.all(
      accounts.flatMap((account, at) =>
        Array.from({ length: at }, () => bench.ledger.settle(inserted(account, 7n))),
      ),
    );
    for (const [at, account] of accounts.entries()) {
      expect((await bench.quota(account.tenantId)).balanceNano).toBe(1_000n - 7n * BigInt(at));
    }
  });

  it('of two instances on the same rows do not deadlock and lose nothing', async () => {
    const accounts = await Promise.all(
      Array.from({ length: 8 }, () => bench.account({ balance: 100_000n })),
    );
    const ledgers = [bench.ledger, createPostgresLedger(bench.client.sql)];
    await Promise.all(
      Array.from({ length: 400 }, (_, at) => {
        const account = accounts[(at * 7) % accounts.length];
        if (account === undefined) throw new Error('no account');
        return ledgers[at % 2]?.settle(inserted(account));
      }),
    );
    const left = await Promise.all(accounts.map(({ tenantId }) => bench.quota(tenantId)));
    expect(left.reduce((sum, quota) => sum + quota.balanceNano, 0n)).toBe(800_000n - 4_000n);
  });

  it('under one trace: one is booked, the others are told that they lost', async () => {
    const account = await bench.account({ balance: 1_000n });
    const first = chargeOf(account);
    const settlements = Array.from({ length: 5 }, () =>
      paid(chargeOf(account, { traceId: first.traceId }), 10n, { write: 'insert' }),
    );
    const replies = await Promise.all(settlements.map(bench.ledger.settle));
    expect(replies.map((reply) => reply.kind).sort()).toEqual([
      'lost',
      'lost',
      'lost',
      'lost',
      'settled',
    ]);
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(990n);
  });
});

describe('a poison settlement among good ones', () => {
  const poisons: readonly [string, (account: Account) => Settlement][] = [
    ['an amount beyond the bound', (account) => inserted(account, 9_000_000_000_000_001n)],
    [
      'a count beyond any integer',
      (account) => ({ ...inserted(account), outcome: delivered(1n, 3_000_000_000) }),
    ],
    [
      'a NUL in a name',
      (account) => paid(chargeOf(account, { model: 'a\0b' }), 1n, { write: 'insert' }),
    ],
    ['a tenant that is not there', (account) => inserted({ ...account, tenantId: newTenantId() })],
  ];

  it.each(poisons)('%s: it alone is refused', async (_what, poison) => {
    const account = await bench.account({ balance: 1_000n });
    const settlements = Array.from({ length: 33 }, () => inserted(account));
    settlements.splice(17, 0, poison(account));
    const results = await Promise.allSettled(settlements.map(bench.ledger.settle));
    expect(results[17]?.status).toBe('rejected');
    const others = results.filter((_, at) => at !== 17);
    expect(others).toHaveLength(33);
    for (const result of others) expect(result).toMatchObject({ value: { kind: 'settled' } });
    expect(await bench.quota(account.tenantId)).toMatchObject({
      ...{ balanceNano: 1_000n - 330n, dailyUsed: 33 },
    });
  });

  it('ten of them at once lose none of their neighbours', async () => {
    const account = await bench.account({ balance: 1_000n });
    const settlements = Array.from({ length: 60 }, (_, at) =>
      inserted(account, at % 6 === 0 ? 9_000_000_000_000_001n : 10n),
    );
    const results = await Promise.allSettled(settlements.map(bench.ledger.settle));
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(10);
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(500n);
  });
});

it('a row that another writes at the same moment is found: the settlement is not refused for it', async () => {
  const account = await bench.account({ balance: 1_000n });
  const charge = chargeOf(account);
  let settling: Promise<unknown> = Promise.resolve();
  await bench.sql.begin(async (tx) => {
    await openRow(tx, charge, LEASE_MS);
    settling = bench.ledger.settle(paid(charge, 20n, { write: 'insert' })).catch(String);
    await until('the settlement to wait for the row', () => isAnyoneWaiting(bench));
  });
  expect(await settling).toMatchObject({ kind: 'lost', isOpen: true });
  expect((await bench.quota(account.tenantId)).balanceNano).toBe(1_000n);
});

describe('whatever is settled, in whatever order', () => {
  const step = fc.record({
    charge: fc.nat(7),
    account: fc.nat(2),
    amount: fc.bigInt({ min: 0n, max: 500n }),
    kind: fc.constantFrom('open', 'pay', 'void', 'reopen', 'sweep', 'insert', 'stranger'),
  });

  it('the books add up: balance = credits - COMMITTED charges, and every counter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 12 }),
        async (rounds) => {
          const accounts = await Promise.all(
            [0, 1, 2].map(() => bench.account({ balance: 5_000n })),
          );
          const charges = new Map<number, OpenCharge>();
          for (const round of rounds) {
            await Promise.all(round.map((one) => take(accounts, charges, one)));
          }
          const own = new Set<string>(accounts.map((account) => account.tenantId));
          const broken = (await bench.brokenInvariants()).flatMap((invariant) =>
            invariant.violations.filter((violation) => own.has(violation.tenantId)),
          );
          expect(broken).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });

  async function take(
    accounts: readonly Account[],
    charges: Map<number, OpenCharge>,
    {
      charge: name,
      account: at,
      amount,
      kind,
    }: typeof step extends fc.Arbitrary<infer T> ? T : never,
  ): Promise<unknown> {
    const account = accounts[at];
    if (account === undefined) throw new Error('no account');
    const charge = charges.get(name) ?? chargeOf(account);
    charges.set(name, charge);
    switch (kind) {
      case 'open':
        return bench.ledger.openRow(charge, LEASE_MS);
      case 'pay':
        return bench.ledger.settle(paid(charge, amount));
      case 'void':
        return bench.ledger.settle(unpaid(charge));
      case 'sweep':
        await bench.sql`
          update billing_transaction set lease_expires_at = clock_timestamp() - interval '1 s'
          where id = ${charge.transactionId} and status = 'PENDING'`;
        return bench.ledger.settle(paid(charge, amount, { onlyIfExpired: true }));
      case 'insert':
        return bench.ledger.settle(paid(charge, amount, { write: 'insert' }));
      case 'stranger':
        return bench.ledger.settle(paid({ ...charge, owner: 'stranger' }, amount));
      case 'reopen': {
        if ((await bench.ledger.findTrace(charge.tenantId, charge.traceId)) === null) return null;
        const again = nextAttempt(charge);
        const reply = await bench.ledger.openRow(again, LEASE_MS);
        if (reply.kind === 'opened') charges.set(name, again);
        return reply;
      }
    }
  }
});

it('grouping carries a hot tenant much further than one transaction for each', async () => {
  const FOR_MS = 1_500;
  const IN_FLIGHT = 200;
  const account = await bench.account({ balance: 9_000_000_000n });
  /** Settlements done in the time by as many callers as keep it busy. */
  async function count(callers: number, settle: (one: Settlement) => Promise<unknown>) {
    const until = performance.now() + FOR_MS;
    let done = 0;
    const work = async () => {
      while (performance.now() < until) {
        await settle(inserted(account, 1n));
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: callers }, work));
    return Math.round((done * 1_000) / FOR_MS);
  }
  const alone = await count(8, (one) => settleBatch(bench.client.sql, [one]));
  const grouped = await count(IN_FLIGHT, bench.ledger.settle);
  console.info(`settlements/s of one tenant: ${alone} one by one, ${grouped} grouped`);
  expect(grouped).toBeGreaterThan(alone * 2);
});
