import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import { TallygateError } from '@/server/domain/errors';
import { newTransactionId, trustedTraceId } from '@/server/domain/ids';
import { NANO_MAX } from '@/server/domain/money';
import { bookCredit, type Credit } from '@/server/services/credits/book';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { createUnitOfWork } from '@/server/stores/postgres/repositories';
import { chargeOf, paid } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';

/** What Postgres itself keeps, whoever writes: the gateway, an operator, a hand in psql. */
let bench: LedgerBench;
let account: Account;

beforeAll(async () => {
  bench = await LedgerBench.open();
});

afterAll(() => bench.close());

beforeEach(async () => {
  account = await bench.account({ balance: 1_000n });
});

async function committed(): Promise<OpenCharge> {
  const charge = chargeOf(account);
  await bench.ledger.openRow(charge, 30_000);
  await bench.ledger.settle(paid(charge, 70n));
  return charge;
}

describe('a COMMITTED row', () => {
  it.each([
    ['its amount', 'update billing_transaction set amount = 1'],
    ['its status', "update billing_transaction set status = 'VOIDED'"],
    ['its note', "update billing_transaction set note = 'x'"],
    ['its tenant', 'update billing_transaction set trace_id = trace_id'],
    ['its being there', 'delete from billing_transaction'],
  ])('keeps %s against hand-made SQL', async (_what, statement) => {
    const { transactionId } = await committed();
    const before = await bench.row(transactionId);
    await expect(bench.sql.unsafe(`${statement} where id = '${transactionId}'`)).rejects.toThrow(
      /is COMMITTED and cannot change/,
    );
    expect(await bench.row(transactionId)).toEqual(before);
  });

  it('a PENDING one may still be written', async () => {
    const charge = chargeOf(account);
    await bench.ledger.openRow(charge, 30_000);
    await bench.sql`update billing_transaction set note = 'x' where id = ${charge.transactionId}`;
    expect((await bench.row(charge.transactionId)).status).toBe('PENDING');
  });
});

describe('versions', () => {
  it('grow by one with every hand-made update of a quota row, whatever it says', async () => {
    const before = await bench.quota(account.tenantId);
    await bench.sql`update tenant_quota set daily_limit = 5 where tenant_id = ${account.tenantId}`;
    await bench.sql`update tenant_quota set version = 1 where tenant_id = ${account.tenantId}`;
    await bench.sql`update tenant_quota set version = 999 where tenant_id = ${account.tenantId}`;
    expect((await bench.quota(account.tenantId)).version).toBe(before.version + 3);
  });

  it('of key quotas as well', async () => {
    const keyId = await bench.key(account.tenantId, [{ type: 'daily_tokens', limit: 10n }]);
    await bench.sql`update api_key_quota set quota_limit = 20 where api_key_id = ${keyId}`;
    const snapshot = await bench.ledger.snapshot(account.tenantId);
    expect(snapshot?.keyQuotas).toMatchObject([{ keyId, limit: 20n, version: 2 }]);
  });

  it('grow with a hold that the fallback places or raises: Redis has to learn of it', async () => {
    const store = createPostgresQuotaStore(bench.client.sql);
    const identity = chargeOf(account);
    const limits = { rpm: null, tpm: null, concurrency: null, quotas: [] };
    const demand = { minNano: 10n, maxNano: 10n, minTokens: 1, maxTokens: 1, rateTokens: 1 };
    const before = await bench.quota(account.tenantId);
    const lease = { attempt: 1, owner: identity.owner, leaseMs: 30_000 };
    await store.admit({ identity, limits, demand, countedInputTokens: 1, ...lease });
    expect((await bench.quota(account.tenantId)).version).toBe(before.version + 1);
    const raise = { heldNano: 20n, heldTokens: 2, limits, leaseMs: 30_000 };
    expect(await store.raise({ charge: identity, ...raise })).toEqual({ kind: 'raised' });
    expect((await bench.quota(account.tenantId)).version).toBe(before.version + 2);
  });

  it('a settlement on top of hand-made SQL keeps counting', async () => {
    const before = await bench.quota(account.tenantId);
    await bench.sql`update tenant_quota set credit_limit = 5 where tenant_id = ${account.tenantId}`;
    await committed();
    expect(await bench.quota(account.tenantId)).toMatchObject({
      ...{ version: before.version + 2, creditLimitNano: 5n, balanceNano: 930n },
    });
  });
});

describe('the schema refuses', () => {
  const insert = (columns: Record<string, string>) => bench.sql`
    insert into billing_transaction ${bench.sql({
      ...{ id: newTransactionId(), tenant_id: account.tenantId, trace_id: randomUUID() },
      ...{ kind: 'topup', status: 'COMMITTED', committed_at: new Date(), amount: '0', ...columns },
    })}`;

  it.each([
    ['an amount beyond the bound', { amount: '9000000000000001' }, /billing_transaction_amount/],
    ['one below it', { amount: '-9000000000000001' }, /billing_transaction_amount/],
    ['a kind of its own', { kind: 'gift' }, /billing_transaction_kind/],
    ['a state of its own', { status: 'MAYBE' }, /billing_transaction_status/],
    ['a tenant that is not there', { tenant_id: randomUUID() }, /foreign key/],
  ])('%s', async (_what, columns, told) => {
    await expect(insert(columns)).rejects.toThrow(told);
  });

  it('a trace id a second time within its tenant', async () => {
    await insert({ trace_id: 'trace-1' });
    await expect(insert({ trace_id: 'trace-1' })).rejects.toThrow(/billing_transaction_trace/);
    const other = await bench.account();
    await insert({ trace_id: 'trace-1', tenant_id: other.tenantId });
  });

  it('the bound itself is taken, on both sides', async () => {
    await insert({ amount: String(NANO_MAX) });
    await insert({ amount: String(-NANO_MAX), kind: 'adjustment' });
  });
});

describe('credits', () => {
  const credit = (amountNano: bigint, over: Partial<Credit> = {}): Credit => ({
    tenantId: account.tenantId,
    traceId: trustedTraceId(randomUUID()),
    kind: 'topup',
    amountNano,
    note: null,
    refundOf: null,
    ...over,
  });
  const book = (one: Credit) =>
    createUnitOfWork(bench.client.db).transact((tx) => bookCredit(tx, one));

  it('add to the balance once per trace id, also 20 at once', async () => {
    const one = credit(500n);
    const booked = await Promise.all(Array.from({ length: 20 }, () => book(one)));
    expect(booked.filter((done) => done !== null)).toHaveLength(1);
    expect(await bench.quota(account.tenantId)).toMatchObject({ balanceNano: 1_500n, version: 2 });
    expect(await bench.brokenInvariants()).toEqual([]);
  });

  it('under the trace of a charge are refused', async () => {
    const charge = await committed();
    expect(await book(credit(500n, { traceId: charge.traceId }))).toBeNull();
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(930n);
  });

  it('reach the bound and do not pass it, on either side', async () => {
    await book(credit(NANO_MAX - 1_000n));
    await expect(book(credit(1n))).rejects.toThrow(TallygateError);
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(NANO_MAX);
    const down = (amountNano: bigint) => book(credit(amountNano, { kind: 'adjustment' }));
    await down(-NANO_MAX);
    await down(-NANO_MAX);
    await expect(down(-1n)).rejects.toThrow(TallygateError);
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(-NANO_MAX);
    expect(await bench.brokenInvariants()).toEqual([]);
  });

  it('at the bound leave no row behind when they are refused', async () => {
    await book(credit(NANO_MAX - 1_000n));
    const refused = credit(1n);
    await book(refused).catch(() => undefined);
    expect(await bench.ledger.findTrace(account.tenantId, refused.traceId)).toBeNull();
  });
});

describe('amounts at the bound', () => {
  it('a charge of nine million dollars is booked to the nano', async () => {
    const charge = chargeOf(account);
    await bench.ledger.openRow(charge, 30_000);
    await bench.ledger.settle(paid(charge, NANO_MAX));
    expect((await bench.quota(account.tenantId)).balanceNano).toBe(1_000n - NANO_MAX);
    expect(await bench.brokenInvariants()).toEqual([]);
  });

  it('one nano more is refused, and nothing has moved', async () => {
    const charge = chargeOf(account);
    await bench.ledger.openRow(charge, 30_000);
    const before = await bench.quota(account.tenantId);
    await expect(bench.ledger.settle(paid(charge, NANO_MAX + 1n))).rejects.toThrow(
      /billing_transaction_amount/,
    );
    expect(await bench.quota(account.tenantId)).toEqual(before);
    expect((await bench.row(charge.transactionId)).status).toBe('PENDING');
  });
});
