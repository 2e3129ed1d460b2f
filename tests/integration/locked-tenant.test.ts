import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLedgerUnavailable } from '@/server/domain/unavailable';
import { chargeOf, paid } from '../helpers/charges';
import { LedgerBench } from '../helpers/ledger-bench';

describe('a tenant whose quota row somebody keeps locked', () => {
  let bench: LedgerBench;

  beforeAll(async () => {
    bench = await LedgerBench.open();
  });
  afterAll(() => bench.close());

  it('waits alone: the others who settle in the same moment are booked', async () => {
    const locked = await bench.account({ balance: 1_000n });
    const others = await Promise.all([1, 2, 3, 4, 5].map(() => bench.account({ balance: 1_000n })));
    const charges = [others[0], others[1], locked, ...others.slice(2)].map((account) =>
      chargeOf(account ?? locked, { isStream: false }),
    );
    const outcomes = await bench.sql.begin(async (tx) => {
      await tx`select 1 from tenant_quota where tenant_id = ${locked.tenantId} for update`;
      return await Promise.allSettled(
        charges.map((charge) => bench.ledger.settle(paid(charge, 70n, { write: 'insert' }))),
      );
    });
    for (const [at, outcome] of outcomes.entries()) {
      const isLocked = charges[at]?.tenantId === locked.tenantId;
      expect(outcome.status).toBe(isLocked ? 'rejected' : 'fulfilled');
      if (outcome.status === 'rejected') expect(isLedgerUnavailable(outcome.reason)).toBe(true);
    }
    for (const { tenantId } of others) {
      expect((await bench.quota(tenantId)).balanceNano).toBe(930n);
    }
    // Refused for the moment, not for good.
    const charge = charges.find(({ tenantId }) => tenantId === locked.tenantId);
    if (charge === undefined) throw new Error('no charge');
    const again = await bench.ledger.settle(paid(charge, 70n, { write: 'insert' }));
    expect(again.kind).toBe('settled');
  });

  it('keeps no request waiting for the background: its charge on a spool, or in the sweep', async () => {
    const [locked, other] = [
      await bench.account({ balance: 1_000n }),
      await bench.account({ balance: 1_000n }),
    ];
    const settleOf = (account: typeof locked, over: Parameters<typeof paid>[2]) =>
      bench.ledger.settle(paid(chargeOf(account), 70n, { write: 'insert', ...over }));
    const ended: string[] = [];
    await bench.sql.begin(async (tx) => {
      await tx`select 1 from tenant_quota where tenant_id = ${locked.tenantId} for update`;
      const background = Promise.allSettled([
        settleOf(locked, { answerLeft: true }),
        settleOf(locked, { onlyIfExpired: true }),
      ]).then(() => ended.push('background'));
      // Its turn has come: the background waits for the lock by now.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await settleOf(other, {}).then(() => ended.push('request'));
      await background;
    });
    expect(ended).toEqual(['request', 'background']);
  });
});
