import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import { newTenantId, newTransactionId, operationId, trustedTraceId } from '@/server/domain/ids';
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

async function opened(over: Partial<OpenCharge> = {}): Promise<OpenCharge> {
  const charge = chargeOf(account, over);
  expect(await bench.ledger.openRow(charge, LEASE_MS)).toEqual({ kind: 'opened' });
  return charge;
}

const expire = (id: string) => bench.sql`
  update billing_transaction set lease_expires_at = clock_timestamp() - interval '1 second'
  where id = ${id}`;

describe('opening a row', () => {
  it('writes it PENDING with its hold, and moves no money and no version', async () => {
    const before = await bench.quota(account.tenantId);
    const charge = await opened({ heldNano: 123n, heldTokens: 45 });
    expect(await bench.row(charge.transactionId)).toMatchObject({
      ...{ status: 'PENDING', attempt: 1, owner: 'owner-1', hold: 123n, hold_tokens: 45 },
      ...{ amount: 0n, is_expired: false },
    });
    expect(await bench.quota(account.tenantId)).toEqual(before);
  });

  it('under a taken trace tells who stands there, whatever state it is in', async () => {
    const charge = await opened();
    const other = chargeOf(account, { traceId: charge.traceId, bodyHash: 'body-2' });
    const record = {
      transactionId: charge.transactionId,
      attempt: 1,
      bodyHash: 'body-1',
      keyId: account.keyId,
      isStream: true,
    };
    const tried = () => bench.ledger.openRow(other, LEASE_MS);
    expect(await tried()).toEqual({ kind: 'taken', record: { ...record, status: 'PENDING' } });
    await bench.ledger.settle(unpaid(charge));
    expect(await tried()).toEqual({ kind: 'taken', record: { ...record, status: 'VOIDED' } });
    await bench.ledger.openRow(nextAttempt(charge), LEASE_MS);
    await bench.ledger.settle(paid(nextAttempt(charge), 5n));
    expect(await tried()).toEqual({
      kind: 'taken',
      record: { ...record, status: 'COMMITTED', attempt: 2 },
    });
    expect(await bench.ledger.findTrace(account.tenantId, charge.traceId)).toMatchObject({
      status: 'COMMITTED',
    });
  });

  it('the same trace of another tenant is another trace', async () => {
    const charge = await opened();
    const stranger = await bench.account();
    expect(await bench.ledger.findTrace(stranger.tenantId, charge.traceId)).toBeNull();
    const theirs = chargeOf(stranger, { traceId: charge.traceId });
    expect(await bench.ledger.openRow(theirs, LEASE_MS)).toEqual({ kind: 'opened' });
  });

  it('of 50 at once under one trace, one opens', async () => {
    const traceId = trustedTraceId(`trace-${randomUUID()}`);
    const replies = await Promise.all(
      Array.from({ length: 50 }, () =>
        bench.ledger.openRow(chargeOf(account, { traceId }), LEASE_MS),
      ),
    );
    expect(replies.filter((reply) => reply.kind === 'opened')).toHaveLength(1);
  });
});

describe('opening a VOIDED row again', () => {
  async function voided(): Promise<OpenCharge> {
    const charge = await opened();
    await bench.ledger.settle(unpaid(charge));
    return charge;
  }

  it('makes it the next attempt of the same row, with the new hold, owner and price', async () => {
    const charge = await voided();
    const again = nextAttempt(charge, { owner: 'owner-2', heldNano: 7n, heldTokens: 3 });
    expect(await bench.ledger.openRow(again, LEASE_MS)).toEqual({ kind: 'opened' });
    expect(await bench.row(charge.transactionId)).toMatchObject({
      ...{ status: 'PENDING', attempt: 2, owner: 'owner-2', hold: 7n, hold_tokens: 3 },
      ...{ finish: null, output_tokens: 0 },
    });
  });

  it.each([
    ['another body', { bodyHash: 'body-2' }],
    ['an attempt that is not the next', { attempt: 3 }],
    ['the attempt that was', { attempt: 1 }],
  ])('is refused to %s', async (_what, over) => {
    const charge = await voided();
    expect((await bench.ledger.openRow({ ...nextAttempt(charge), ...over }, LEASE_MS)).kind).toBe(
      'taken',
    );
    expect(await bench.row(charge.transactionId)).toMatchObject({ status: 'VOIDED', attempt: 1 });
  });

  it('is refused while the attempt before it is under way, and once that was paid', async () => {
    const charge = await opened();
    expect((await bench.ledger.openRow(nextAttempt(charge), LEASE_MS)).kind).toBe('taken');
    await bench.ledger.settle(paid(charge, 9n));
    expect((await bench.ledger.openRow(nextAttempt(charge), LEASE_MS)).kind).toBe('taken');
  });

  it('is refused to another key of the tenant', async () => {
    const charge = await voided();
    const keyId = await bench.key(account.tenantId);
    expect((await bench.ledger.openRow(nextAttempt(charge, { keyId }), LEASE_MS)).kind).toBe(
      'taken',
    );
  });

  it('of 20 at once, one does', async () => {
    const charge = await voided();
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        bench.ledger.openRow(nextAttempt(charge, { owner: `owner-${at}` }), LEASE_MS),
      ),
    );
    expect(replies.filter((reply) => reply.kind === 'opened')).toHaveLength(1);
  });

  it('the attempt before it can neither settle nor write a checkpoint any more', async () => {
    const charge = await voided();
    await bench.ledger.openRow(nextAttempt(charge), LEASE_MS);
    const before = await bench.quota(account.tenantId);
    expect((await bench.ledger.settle(paid(charge, 9n))).kind).toBe('lost');
    expect(await bench.ledger.checkpoint(checkpointOf(charge))).toBe('lost');
    expect(await bench.quota(account.tenantId)).toEqual(before);
  });
});

const checkpointOf = (charge: OpenCharge, outputTokens = 40) => ({
  charge,
  heldNano: 500n,
  heldTokens: 50,
  inputTokens: 3,
  outputTokens,
  leaseMs: LEASE_MS,
});

describe('a checkpoint', () => {
  it('writes what has left, the hold and a new lease, of many streams at once', async () => {
    const charges = await Promise.all(Array.from({ length: 20 }, () => opened()));
    await Promise.all(charges.map((charge) => expire(charge.transactionId)));
    const grips = await Promise.all(
      charges.map((charge) => bench.ledger.checkpoint(checkpointOf(charge))),
    );
    expect(new Set(grips)).toEqual(new Set(['held']));
    for (const charge of charges) {
      expect(await bench.row(charge.transactionId)).toMatchObject({
        ...{ hold: 500n, hold_tokens: 50, output_tokens: 40, is_expired: false },
      });
    }
  });

  it('never takes back what an earlier one said', async () => {
    const charge = await opened({ heldNano: 900n, heldTokens: 90 });
    await bench.ledger.checkpoint(checkpointOf(charge, 60));
    await bench.ledger.checkpoint(checkpointOf(charge, 30));
    expect(await bench.row(charge.transactionId)).toMatchObject({
      ...{ hold: 900n, hold_tokens: 90, output_tokens: 60 },
    });
  });

  it.each([
    ['another owner', { owner: 'owner-2' }],
    ['another attempt', { attempt: 2 }],
  ])('of %s is lost and writes nothing', async (_who, over) => {
    const charge = await opened();
    const before = await bench.row(charge.transactionId);
    expect(await bench.ledger.checkpoint(checkpointOf({ ...charge, ...over }))).toBe('lost');
    expect(await bench.row(charge.transactionId)).toEqual(before);
  });

  it('of a charge that someone else ended is lost', async () => {
    const charge = await opened();
    await expire(charge.transactionId);
    await bench.ledger.settle(unpaid(charge, { onlyIfExpired: true }, 'lease_expired'));
    expect(await bench.ledger.checkpoint(checkpointOf(charge))).toBe('lost');
  });

  it("does not keep its neighbours' from being written when it is lost", async () => {
    const [mine, gone] = [await opened(), chargeOf(account)];
    const grips = await Promise.all(
      [gone, mine].map((charge) => bench.ledger.checkpoint(checkpointOf(charge))),
    );
    expect(grips).toEqual(['lost', 'held']);
  });

  it("does not keep its neighbours' from being written when it is refused", async () => {
    const [mine, poison] = [await opened(), await opened()];
    const [refused, written] = await Promise.allSettled([
      bench.ledger.checkpoint({ ...checkpointOf(poison), heldTokens: 3_000_000_000 }),
      bench.ledger.checkpoint(checkpointOf(mine)),
    ]);
    expect(refused.status).toBe('rejected');
    expect(written).toEqual({ status: 'fulfilled', value: 'held' });
  });
});

describe('leases', () => {
  it('are renewed for the owner, and for nobody else', async () => {
    const [mine, theirs] = [await opened(), await opened({ owner: 'owner-2' })];
    await Promise.all([mine, theirs].map((charge) => expire(charge.transactionId)));
    const renewed = await bench.ledger.renew([mine, { ...theirs, owner: 'owner-1' }], LEASE_MS);
    expect(renewed).toEqual(['held', 'lost']);
    expect((await bench.row(mine.transactionId)).is_expired).toBe(false);
    expect((await bench.row(theirs.transactionId)).is_expired).toBe(true);
    expect(await bench.ledger.renew([], LEASE_MS)).toEqual([]);
  });

  it('that have run out show the charge whole, as it was opened and last written', async () => {
    const price = { input: 1_500_000_000n, output: 75_000_000n, cachedInput: 1n };
    const charge = await opened({ price, traceNamed: false, endpoint: 'embeddings' });
    await bench.ledger.checkpoint(checkpointOf(charge));
    expect((await bench.ledger.expired(100)).map((row) => row.charge.transactionId)).not.toContain(
      charge.transactionId,
    );
    await expire(charge.transactionId);
    const found = (await bench.ledger.expired(100)).find(
      (row) => row.charge.transactionId === charge.transactionId,
    );
    expect(found).toEqual({
      charge: { ...charge, heldNano: 500n, heldTokens: 50 },
      inputTokens: 3,
      outputTokens: 40,
    });
  });

  it('a locked row is passed over: sweepers share the work', async () => {
    const charge = await opened();
    await expire(charge.transactionId);
    await bench.sql.begin(async (tx) => {
      await tx`select 1 from billing_transaction where id = ${charge.transactionId} for update`;
      const seen = await bench.ledger.expired(100);
      expect(seen.map((row) => row.charge.transactionId)).not.toContain(charge.transactionId);
    });
    const seen = await bench.ledger.expired(100);
    expect(seen.map((row) => row.charge.transactionId)).toContain(charge.transactionId);
  });
});

it('operations that nothing waits for are those without a PENDING row of their attempt', async () => {
  const [pending, ended, reopened] = [await opened(), await opened(), await opened()];
  await bench.ledger.settle(paid(ended, 5n));
  await bench.ledger.settle(unpaid(reopened));
  await bench.ledger.openRow(nextAttempt(reopened), LEASE_MS);
  const never = operationId(newTransactionId(), 1);
  const asked = [
    pending.operationId,
    ended.operationId,
    reopened.operationId,
    nextAttempt(reopened).operationId,
    never,
  ];
  expect(await bench.ledger.withoutPendingRow(asked)).toEqual([
    ended.operationId,
    reopened.operationId,
    never,
  ]);
  expect(await bench.ledger.withoutPendingRow([])).toEqual([]);
});

it('a reading for warming holds the row, the key quotas and the open holds of one moment', async () => {
  const own = await bench.account({
    balance: 500n,
    creditLimit: 9n,
    dailyLimit: 4,
    monthlyLimit: 5,
  });
  const keyId = await bench.key(own.tenantId, [{ type: 'daily_tokens', limit: 10n }]);
  const charge = chargeOf({ ...own, keyId }, { heldNano: 77n, heldTokens: 8 });
  await bench.ledger.openRow(charge, LEASE_MS);
  const snapshot = await bench.ledger.snapshot(own.tenantId);
  expect(snapshot).toMatchObject({
    quota: { balanceNano: 500n, creditLimitNano: 9n, dailyLimit: 4, monthlyLimit: 5, version: 1 },
    keyQuotas: [{ keyId, type: 'daily_tokens', limit: 10n, used: 0n, period: '', version: 1 }],
    holds: [
      {
        ...{ operationId: charge.operationId, keyId, amountNano: 77n, tokens: 8, requests: 1 },
        ...{ day: charge.day, month: charge.month },
      },
    ],
  });
  const [hold] = snapshot?.holds ?? [];
  expect(hold?.leaseLeftMs).toBeGreaterThan(LEASE_MS - 10_000);
  expect(hold?.leaseLeftMs).toBeLessThanOrEqual(LEASE_MS);
  expect(await bench.ledger.snapshot(newTenantId())).toBeNull();
});
