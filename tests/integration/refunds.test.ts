import { expect, it } from 'vitest';
import type { TestTenant } from '../helpers/admin-client';
import { expectStoresAgree } from '../helpers/books';
import { plain } from '../helpers/buy';
import { receiptOf } from '../helpers/enquiries';
import { inBothModes } from '../helpers/modes';

inBothModes('refunds', (gateway) => {
  /** A tenant with one charge, and what it was charged. */
  async function charged(): Promise<{ tenant: TestTenant; amount: bigint }> {
    const tenant = await gateway().admin.newTenant();
    await plain(gateway(), tenant, { maxTokens: 40, traceId: 'bought' });
    const { amount } = await receiptOf(gateway(), tenant, 'bought');
    return { tenant, amount: BigInt(amount) };
  }

  const refund = (tenant: TestTenant, amount: bigint, traceId: string, more: object = {}) =>
    gateway().admin.call('POST', `tenants/${tenant.id}/credits`, {
      ...{ kind: 'refund', amount: String(amount), traceId, refundOf: 'bought', ...more },
    });
  const giveBack = (tenant: TestTenant, traceId = 'bought') =>
    gateway().admin.call('DELETE', `transactions/${traceId}?tenantId=${tenant.id}`);

  it('name their charge, stand beside it, and leave it as it is', async () => {
    const { tenant, amount } = await charged();
    const before = await receiptOf(gateway(), tenant, 'bought');
    expect(await refund(tenant, 100n, 'sorry', { note: 'Too slow' })).toMatchObject({
      ...{ kind: 'refund', status: 'COMMITTED', amount: '100', refundOf: 'bought' },
    });
    const after = await receiptOf(gateway(), tenant, 'bought');
    expect(after).toEqual({
      ...before,
      refundedAmount: '100',
      refunds: [
        { traceId: 'sorry', amount: '100', note: 'Too slow', createdAt: expect.any(String) },
      ],
    });
    const { balance } = await gateway().admin.tenant(tenant.id);
    expect(BigInt(balance)).toBe(1_000_000_000n - amount + 100n);
    expect(await receiptOf(gateway(), tenant, 'sorry')).toMatchObject({ refundOf: 'bought' });
    await expectStoresAgree(gateway(), tenant);
  });

  it('never give back more than the charge took, 20 of a tenth at once', async () => {
    const { tenant, amount } = await charged();
    const tenth = amount / 10n;
    const booked = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => refund(tenant, tenth, `tenth-${index}`)),
    );
    const refused = booked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(10);
    for (const { reason } of refused) expect(String(reason)).toMatch(/ 409 .*nano-USD are left/);
    const { refundedAmount, refunds } = await receiptOf(gateway(), tenant, 'bought');
    expect([refunds.length, BigInt(refundedAmount)]).toEqual([10, tenth * 10n]);
  });

  it('repeated get the first one’s answer; under the same trace id nothing else is booked', async () => {
    const { tenant, amount } = await charged();
    const first = await refund(tenant, amount, 'whole');
    expect(await refund(tenant, amount, 'whole')).toEqual(first);
    const other = refund(tenant, amount, 'whole', { refundOf: null });
    await expect(other).rejects.toThrow(/ 409 .*used for something else/);
    expect((await receiptOf(gateway(), tenant, 'bought')).refunds).toHaveLength(1);
  });

  it('of the rest, asked for 20 times at once, are one', async () => {
    const { tenant, amount } = await charged();
    await refund(tenant, 7n, 'a-part');
    await Promise.all(Array.from({ length: 20 }, () => giveBack(tenant)));
    expect(await giveBack(tenant)).toBeNull();
    const { refunds, refundedAmount } = await receiptOf(gateway(), tenant, 'bought');
    expect(refunds.map((each) => BigInt(each.amount))).toEqual([7n, amount - 7n]);
    expect(BigInt(refundedAmount)).toBe(amount);
    expect((await gateway().admin.tenant(tenant.id)).balance).toBe('1000000000');
    await expectStoresAgree(gateway(), tenant);
    const log = await gateway().database.sql`
      select actor, after->>'refundOf' as charge from audit_log
      where tenant_id = ${tenant.id} and action = 'credit.refund'`;
    expect([...log]).toEqual(Array(2).fill({ actor: 'operator', charge: 'bought' }));
  });

  it('are of a COMMITTED charge of this very tenant, or nothing is booked', async () => {
    const { tenant } = await charged();
    const stranger = await gateway().admin.newTenant();
    gateway().simulator.script({ script: { status: 500 } });
    await plain(gateway(), tenant, { maxTokens: 40, traceId: 'voided' });
    await gateway().database.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, lease_expires_at)
      values (gen_random_uuid(), ${tenant.id}, 'pending', 'charge', 'PENDING', now() + '1 hour')`;
    const opening = `opening-balance:${tenant.id}`;
    const cases: [TestTenant, string, RegExp][] = [
      [tenant, 'nobodys', / 404 .*"param":"(refundOf|traceId)","code":"not_found"/],
      [stranger, 'bought', / 404 .*"code":"not_found"/],
      [tenant, 'voided', / 409 .*was voided/],
      [tenant, 'pending', / 409 .*not settled yet/],
      [tenant, opening, / 409 .*is a topup/],
    ];
    const balances = async () => [
      (await gateway().admin.tenant(tenant.id)).balance,
      (await gateway().admin.tenant(stranger.id)).balance,
    ];
    const before = await balances();
    for (const [of, refundOf, refusal] of cases) {
      await expect(refund(of, 1n, `r-${refundOf}`, { refundOf })).rejects.toThrow(refusal);
      await expect(giveBack(of, refundOf)).rejects.toThrow(refusal);
    }
    const topup = refund(tenant, 1n, 'no-refund', { kind: 'topup' });
    await expect(topup).rejects.toThrow(/ 400 .*"param":"refundOf"/);
    expect(await balances()).toEqual(before);
    await gateway().database.sql`
      delete from billing_transaction where tenant_id = ${tenant.id} and trace_id = 'pending'`;
  });

  it('are held to their charge by the database, whoever writes', async () => {
    const { tenant } = await charged();
    const stranger = await gateway().admin.newTenant();
    const insert = (of: TestTenant, kind: string) => gateway().database.sql`
      insert into billing_transaction (id, tenant_id, trace_id, kind, status, amount, refund_of)
      values (gen_random_uuid(), ${of.id}, 'by-hand', ${kind}, 'COMMITTED', 0, 'bought')`;
    await expect(insert(stranger, 'refund')).rejects.toThrow(/billing_transaction_refunded/);
    await expect(insert(tenant, 'topup')).rejects.toThrow(/billing_transaction_refund/);
  });
});
