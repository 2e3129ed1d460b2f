import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import { isLedgerUnavailable } from '@/server/domain/unavailable';
import { expectBooksRight } from '../helpers/books';
import { chargeOf, nextAttempt, paid, unpaid } from '../helpers/charges';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { type Account, LedgerBench } from '../helpers/ledger-bench';
import { LiveStream } from '../helpers/live-stream';
import { until } from '../helpers/until';

const LEASE_MS = 30_000;
/** Longer than this test would wait for its end. */
const LONG_LEASE_MS = 3_600_000;

describe("a charge's row that somebody keeps locked", () => {
  let bench: LedgerBench;
  let account: Account;
  let charges: OpenCharge[];

  beforeAll(async () => {
    bench = await LedgerBench.open();
    account = await bench.account({ balance: 1_000n });
    charges = Array.from({ length: 5 }, () => chargeOf(account));
    for (const charge of charges) await bench.ledger.openRow(charge, LEASE_MS);
  });
  afterAll(() => bench.close());

  const lockOf = (charge: OpenCharge, whileLocked: () => Promise<unknown>) =>
    bench.sql.begin(async (tx) => {
      await tx`select 1 from billing_transaction where id = ${charge.transactionId} for update`;
      return await whileLocked();
    });

  const checkpoint = (charge: OpenCharge, outputTokens: number) =>
    bench.ledger.checkpoint({
      ...{ charge, outputTokens, heldNano: 100n, heldTokens: 10, inputTokens: 3 },
      leaseMs: LEASE_MS,
    });

  const locked = (): OpenCharge => {
    const [, , charge] = charges;
    if (charge === undefined) throw new Error('no charge');
    return charge;
  };

  it("keeps no other stream's checkpoint waiting; its own waits, and says that it could not be written", async () => {
    const ended: string[] = [];
    await lockOf(locked(), async () => {
      await Promise.all(
        charges.map(async (charge) => {
          const isLocked = charge === locked();
          const outcome = await checkpoint(charge, 20).catch((error: unknown) => error);
          expect(isLocked ? isLedgerUnavailable(outcome) : outcome).toBe(isLocked || 'held');
          ended.push(isLocked ? 'locked' : 'free');
        }),
      );
    });
    expect(ended).toEqual(['free', 'free', 'free', 'free', 'locked']);
    expect(await checkpoint(locked(), 20)).toBe('held');
    expect((await bench.row(locked().transactionId)).output_tokens).toBe(20);
  });

  it('is waited for where it is locked for a moment only', async () => {
    let written: Promise<unknown> = Promise.resolve();
    await lockOf(locked(), async () => {
      written = checkpoint(locked(), 30);
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    expect(await written).toBe('held');
  });

  it('keeps no other lease from being renewed, and is not told to be lost', async () => {
    const grips = await lockOf(locked(), () => bench.ledger.renew(charges, LEASE_MS));
    expect(grips).toEqual(charges.map((charge) => (charge === locked() ? 'busy' : 'held')));
  });

  /** Its lease is over, and its owner comes for it while somebody else keeps the row locked. */
  const renewedBesideALock = async (leaseMs: number): Promise<OpenCharge> => {
    const charge = chargeOf(account);
    await bench.ledger.openRow(charge, 1);
    expect(await lockOf(charge, () => bench.ledger.renew([charge], leaseMs))).toEqual(['busy']);
    return charge;
  };
  const isExpired = async (charge: OpenCharge) =>
    (await bench.ledger.expired(100)).some((row) => row.charge.operationId === charge.operationId);
  const swept = (charge: OpenCharge) =>
    bench.ledger.settle(unpaid(charge, { onlyIfExpired: true }, 'lease_expired'));

  it('is no sweeper’s when the lock goes, where its owner renewed the lease beside it', async () => {
    const charge = await renewedBesideALock(LEASE_MS);
    expect(await isExpired(charge)).toBe(false);
    expect(await swept(charge)).toMatchObject({ kind: 'lost', isOpen: true });
    expect(await bench.ledger.settle(paid(charge, 7n))).toMatchObject({ kind: 'settled' });
  });

  it('is the sweeper’s once the lease beside the lock is over too', async () => {
    const charge = await renewedBesideALock(1);
    await until('the lease to end', () => isExpired(charge));
    expect(await swept(charge)).toMatchObject({ kind: 'settled' });
    expect(
      await bench.sql`select 1 from billing_kept_lease where transaction_id = ${charge.transactionId}`,
    ).toHaveLength(0);
  });

  it('keeps no later attempt of its trace from the sweeper', async () => {
    const charge = await renewedBesideALock(LONG_LEASE_MS);
    await bench.ledger.settle(unpaid(charge));
    const next = nextAttempt(charge);
    await bench.ledger.openRow(next, 1);
    await until('the lease to end', () => isExpired(next));
    expect(await swept(next)).toMatchObject({ kind: 'settled' });
  });

  it('that was ended by another is lost, locked or not', async () => {
    await bench.ledger.settle(unpaid(locked()));
    const grips = await lockOf(locked(), async () => [
      await checkpoint(locked(), 40),
      ...(await bench.ledger.renew([locked()], LEASE_MS)),
    ]);
    expect(grips).toEqual(['lost', 'lost']);
  });
});

describe('a stream whose row somebody keeps locked', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  it('pauses alone: others stream on, and it goes on once the row is free', async () => {
    const tenant = await gateway.admin.newTenant();
    const script = { outputTokens: 900, perTokenMs: 1 };
    const paused = await LiveStream.open(gateway, tenant, { traceId: 'paused', script });
    await paused.untilRead(100);
    await gateway.database.sql.begin(async (tx) => {
      await tx`select 1 from billing_transaction
        where tenant_id = ${tenant.id} and trace_id = 'paused' for update`;
      const other = await LiveStream.open(gateway, tenant, { traceId: 'other', script });
      await other.ended();
      expect(other.isDone).toBe(true);
      expect(paused.isDone).toBe(false);
    });
    await until('the paused one to end', () => paused.isDone);
    await expectBooksRight(gateway);
  });
});
