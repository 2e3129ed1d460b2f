import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import { chargeOf, nextAttempt, paid, unpaid } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';

const LEASE_MS = 30_000;

let bench: LedgerBench;
let account: Account;

beforeAll(async () => {
  bench = await LedgerBench.open();
  account = await bench.account({ balance: 1_000_000n });
});

afterAll(() => bench.close());

async function opened(over: Parameters<typeof chargeOf>[1] = {}) {
  const charge = chargeOf(account, over);
  expect(await bench.ledger.openRow(charge, LEASE_MS)).toEqual({ kind: 'opened' });
  return charge;
}

const expire = (id: string) => bench.sql`
  update billing_transaction set lease_expires_at = clock_timestamp() - interval '1 second'
  where id = ${id}`;

describe('a settlement', () => {
  it('moves the balance, both counters and the version by one statement', async () => {
    const charge = await opened();
    const before = await bench.quota(account.tenantId);
    const reply = await bench.ledger.settle(paid(charge, 70n));
    expect(reply).toEqual({
      kind: 'settled',
      isLate: false,
      balanceAfterNano: before.balanceNano - 70n,
      quota: {
        ...before,
        balanceNano: before.balanceNano - 70n,
        dailyUsed: before.dailyUsed + 1,
        monthlyUsed: before.monthlyUsed + 1,
        version: before.version + 1,
      },
      keyQuotas: [],
    });
    expect(await bench.row(charge.transactionId)).toMatchObject({
      status: 'COMMITTED',
      amount: 70n,
      balance_after: before.balanceNano - 70n,
      finish: 'complete',
    });
  });

  it('of nothing delivered moves no money and no counter, yet a version', async () => {
    const charge = await opened();
    const before = await bench.quota(account.tenantId);
    expect((await bench.ledger.settle(unpaid(charge))).kind).toBe('settled');
    expect(await bench.quota(account.tenantId)).toEqual({ ...before, version: before.version + 1 });
    expect(await bench.row(charge.transactionId)).toMatchObject({
      status: 'VOIDED',
      amount: 0n,
      balance_after: null,
      finish: 'upstream_error',
    });
  });

  it('without a row inserts it, once however often it is sent', async () => {
    const settlement = paid(chargeOf(account, { traceNamed: false }), 30n, { write: 'insert' });
    const before = await bench.quota(account.tenantId);
    const replies = [];
    for (let again = 0; again < 3; again += 1) replies.push(await bench.ledger.settle(settlement));
    expect(replies.map((reply) => reply.kind)).toEqual(['settled', 'settled', 'settled']);
    const after = await bench.quota(account.tenantId);
    expect(after).toMatchObject({
      balanceNano: before.balanceNano - 30n,
      dailyUsed: before.dailyUsed + 1,
      version: before.version + 1,
    });
  });

  it('repeated because the answer to its COMMIT was lost, is told what it did, and does no more', async () => {
    const charge = await opened();
    const first = await bench.ledger.settle(paid(charge, 70n));
    await bench.ledger.settle(paid(await opened(), 5n));
    const before = await bench.quota(account.tenantId);
    const again = await bench.ledger.settle(paid(charge, 70n));
    expect(again).toMatchObject({ kind: 'settled', quota: before });
    if (first.kind !== 'settled' || again.kind !== 'settled') throw new Error('not settled');
    expect(again.balanceAfterNano).toBe(first.balanceAfterNano);
    expect(await bench.quota(account.tenantId)).toEqual(before);
  });

  it.each([
    ['another owner', (charge: ReturnType<typeof chargeOf>) => ({ ...charge, owner: 'owner-2' })],
    ['an older attempt', (charge: ReturnType<typeof chargeOf>) => ({ ...charge, attempt: 0 })],
    ['a later attempt', (charge: ReturnType<typeof chargeOf>) => nextAttempt(charge)],
  ])('by %s changes nothing and moves no quota row', async (_who, by) => {
    const charge = await opened();
    const before = await bench.quota(account.tenantId);
    const reply = await bench.ledger.settle(paid(by(charge), 70n));
    expect(reply).toEqual({ kind: 'lost', isOpen: false, quota: before, keyQuotas: [] });
    expect(await bench.quota(account.tenantId)).toEqual(before);
    expect((await bench.row(charge.transactionId)).status).toBe('PENDING');
    await bench.ledger.settle(unpaid(charge));
  });

  it('with another amount than the one that stands is lost: a COMMITTED row never changes', async () => {
    const charge = await opened();
    await bench.ledger.settle(paid(charge, 70n));
    const before = await bench.quota(account.tenantId);
    expect((await bench.ledger.settle(paid(charge, 71n))).kind).toBe('lost');
    expect((await bench.ledger.settle(unpaid(charge))).kind).toBe('lost');
    expect(await bench.quota(account.tenantId)).toEqual(before);
  });

  it('by the sweeper ends a charge only once its lease has run out', async () => {
    const charge = await opened();
    const sweep = unpaid(charge, { onlyIfExpired: true }, 'lease_expired');
    expect(await bench.ledger.settle(sweep)).toMatchObject({ kind: 'lost', isOpen: true });
    await expire(charge.transactionId);
    expect((await bench.ledger.settle(sweep)).kind).toBe('settled');
    expect((await bench.ledger.settle(paid(charge, 70n))).kind).toBe('lost');
  });

  it('twice at once counts once', async () => {
    const before = await bench.quota(account.tenantId);
    const charge = await opened();
    const settlement = paid(charge, 70n);
    const replies = await Promise.all(
      [settlement, settlement, settlement].map(bench.ledger.settle),
    );
    expect(replies.map((reply) => reply.kind)).toEqual(['settled', 'settled', 'settled']);
    expect(await bench.quota(account.tenantId)).toMatchObject({
      balanceNano: before.balanceNano - 70n,
      dailyUsed: before.dailyUsed + 1,
    });
  });

  it('and a sweep of the same charge in the same moment count once', async () => {
    const before = await bench.quota(account.tenantId);
    const charge = await opened();
    await expire(charge.transactionId);
    const sweep = paid(charge, 40n, { onlyIfExpired: true });
    const replies = await Promise.all([paid(charge, 70n), sweep].map(bench.ledger.settle));
    expect(replies.map((reply) => reply.kind)).toEqual(['settled', 'lost']);
    expect(await bench.quota(account.tenantId)).toMatchObject({
      balanceNano: before.balanceNano - 70n,
      dailyUsed: before.dailyUsed + 1,
    });
    expect(await bench.brokenInvariants()).toEqual([]);
  });
});

describe('a settlement from a spool, of a charge that the sweeper has voided', () => {
  const late = (charge: ReturnType<typeof chargeOf>, amountNano: bigint) =>
    paid(charge, amountNano, { answerLeft: true });

  async function swept() {
    const charge = await opened();
    await expire(charge.transactionId);
    const sweep = unpaid(charge, { onlyIfExpired: true }, 'lease_expired');
    expect((await bench.ledger.settle(sweep)).kind).toBe('settled');
    return charge;
  }

  it('is charged after all, once however often it is sent: its answer has left', async () => {
    const charge = await swept();
    const before = await bench.quota(account.tenantId);
    expect(await bench.ledger.settle(late(charge, 70n))).toMatchObject({
      ...{ kind: 'settled', isLate: true, balanceAfterNano: before.balanceNano - 70n },
    });
    const again = await bench.ledger.settle(late(charge, 70n));
    expect(again).toMatchObject({ kind: 'settled', isLate: false });
    expect(await bench.quota(account.tenantId)).toEqual({
      ...before,
      balanceNano: before.balanceNano - 70n,
      dailyUsed: before.dailyUsed + 1,
      monthlyUsed: before.monthlyUsed + 1,
      version: before.version + 1,
    });
    expect(await bench.row(charge.transactionId)).toMatchObject({
      ...{ status: 'COMMITTED', finish: 'complete', amount: 70n },
    });
    expect(await bench.brokenInvariants()).toEqual([]);
  });

  it('is lost where its owner still has the answer: no spool took it', async () => {
    const charge = await swept();
    const before = await bench.quota(account.tenantId);
    expect(await bench.ledger.settle(paid(charge, 70n))).toMatchObject({ kind: 'lost' });
    expect(await bench.quota(account.tenantId)).toEqual(before);
  });

  it('is lost once another attempt was opened, open or ended', async () => {
    const charge = await swept();
    const next = nextAttempt(charge, { owner: 'owner-2' });
    expect(await bench.ledger.openRow(next, LEASE_MS)).toEqual({ kind: 'opened' });
    expect(await bench.ledger.settle(late(charge, 70n))).toMatchObject({ kind: 'lost' });
    await expire(charge.transactionId);
    await bench.ledger.settle(unpaid(next, { onlyIfExpired: true }, 'lease_expired'));
    expect(await bench.ledger.settle(late(charge, 70n))).toMatchObject({ kind: 'lost' });
    expect((await bench.row(charge.transactionId)).status).toBe('VOIDED');
  });

  it('is lost where the same attempt was opened by another owner', async () => {
    const charge = await swept();
    const other = { ...charge, owner: 'owner-2' };
    expect(await bench.ledger.settle(late(other, 70n))).toMatchObject({ kind: 'lost' });
  });

  it('is lost where its own request had voided it: nothing was delivered', async () => {
    const charge = await opened();
    await bench.ledger.settle(unpaid(charge));
    expect(await bench.ledger.settle(late(charge, 70n))).toMatchObject({ kind: 'lost' });
  });

  it('is lost where the sweeper committed what its checkpoint said: COMMITTED never changes', async () => {
    const charge = await opened();
    await expire(charge.transactionId);
    await bench.ledger.settle(paid(charge, 40n, { onlyIfExpired: true }));
    expect(await bench.ledger.settle(late(charge, 70n))).toMatchObject({ kind: 'lost' });
    expect((await bench.row(charge.transactionId)).amount).toBe(40n);
  });

  it('leaves it void where it says so itself', async () => {
    const charge = await swept();
    const reply = await bench.ledger.settle(unpaid(charge, { answerLeft: true }));
    expect(reply).toMatchObject({ kind: 'lost' });
  });
});

describe('periods', () => {
  it("a settlement of an older day leaves today's count alone, and a later day begins a new one", async () => {
    const own = await bench.account({ balance: 1_000n });
    const charge = (day: string, month: string) =>
      chargeOf(own, { day: trustedDay(day), month: trustedMonth(month) });
    const settle = (day: string, month: string) =>
      bench.ledger.settle(paid(charge(day, month), 1n, { write: 'insert' }));
    await settle('2099-01-31', '2099-01');
    await settle('2099-01-31', '2099-01');
    await settle('2099-01-30', '2099-01');
    expect(await bench.quota(own.tenantId)).toMatchObject({
      ...{ dailyDate: '2099-01-31', dailyUsed: 2, monthlyMonth: '2099-01', monthlyUsed: 3 },
    });
    await settle('2099-02-01', '2099-02');
    await settle('2099-01-31', '2099-01');
    expect(await bench.quota(own.tenantId)).toMatchObject({
      ...{ dailyDate: '2099-02-01', dailyUsed: 1, monthlyMonth: '2099-02', monthlyUsed: 1 },
      balanceNano: 995n,
    });
  });

  it('a batch over midnight counts each charge in its own day', async () => {
    const own = await bench.account({ balance: 1_000n });
    const days = ['2099-03-31', '2099-04-01', '2099-03-31', '2099-04-01', '2099-04-01'];
    await Promise.all(
      days.map((day) => {
        const over = { day: trustedDay(day), month: trustedMonth(day.slice(0, 7)) };
        return bench.ledger.settle(paid(chargeOf(own, over), 1n, { write: 'insert' }));
      }),
    );
    expect(await bench.quota(own.tenantId)).toMatchObject({
      ...{ dailyDate: '2099-04-01', dailyUsed: 3, monthlyMonth: '2099-04', monthlyUsed: 3 },
      balanceNano: 995n,
    });
  });
});

const byType = (a: { type: string }, b: { type: string }): number => (a.type < b.type ? -1 : 1);

describe("a key's quotas", () => {
  it('move with the settlement, each in its own unit and period', async () => {
    const own = await bench.account({ balance: 1_000n });
    const keyId = await bench.key(own.tenantId, [
      { type: 'daily_requests', limit: 10n },
      { type: 'monthly_tokens', limit: 1_000n },
      { type: 'total_amount', limit: 1_000n },
    ]);
    const charge = chargeOf({ ...own, keyId });
    await bench.ledger.openRow(charge, LEASE_MS);
    const reply = await bench.ledger.settle(paid(charge, 70n));
    expect(
      reply.keyQuotas.map(({ type, used, period, version }) => [type, used, period, version]),
    ).toEqual(
      expect.arrayContaining([
        ['daily_requests', 1n, charge.day, 2],
        ['monthly_tokens', 7n, charge.month, 2],
        ['total_amount', 70n, '', 2],
      ]),
    );
    // Whoever was not told the first time is told now: the fold must not miss it.
    const again = await bench.ledger.settle(paid(charge, 70n));
    expect(again.keyQuotas.toSorted(byType)).toEqual(reply.keyQuotas.toSorted(byType));
    const [stored] = await bench.sql<{ used: bigint }[]>`
      select used from api_key_quota where api_key_id = ${keyId} and quota_type = 'total_amount'`;
    expect(stored?.used).toBe(70n);
  });
});
