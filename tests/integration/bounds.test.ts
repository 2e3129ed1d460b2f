import { expect, it } from 'vitest';
import { NANO_MAX } from '@/server/domain/money';
import type { TestTenant } from '../helpers/admin-client';
import { expectStoresAgree, hashOf, quotaOf, sumOf } from '../helpers/books';
import { outcomeOf, plain } from '../helpers/buy';
import { untilEnded } from '../helpers/ended';
import { inBothModes } from '../helpers/modes';

inBothModes('amounts at the bound', (gateway, mode) => {
  let credits = 0;
  const credit = (tenant: TestTenant, amount: bigint) => {
    credits += 1;
    const body = { amount: String(amount), kind: 'adjustment', traceId: `credit-${credits}` };
    return gateway().admin.call('POST', `tenants/${tenant.id}/credits`, body);
  };

  /** The balance of both stores, digit for digit. */
  async function balanceOf(tenant: TestTenant): Promise<bigint> {
    const { balance } = await quotaOf(gateway(), tenant);
    await expectStoresAgree(gateway(), tenant);
    if (mode === 'Redis') {
      expect((await hashOf(gateway(), tenant))?.balance).toBe(String(balance));
    }
    return balance;
  }

  it.each([NANO_MAX, NANO_MAX - 1n])(
    'a balance of %s pays to the nano, is filled up to the bound, and no nano beyond it',
    async (balance) => {
      const tenant = await gateway().admin.newTenant({ balance: String(balance) });
      expect(outcomeOf(await plain(gateway(), tenant))).toBe('200');
      const cost = sumOf(await untilEnded(gateway(), tenant, 1));
      expect(await balanceOf(tenant)).toBe(balance - cost);
      await credit(tenant, NANO_MAX - balance + cost);
      expect(await balanceOf(tenant)).toBe(NANO_MAX);
      await expect(credit(tenant, 1n)).rejects.toThrow(/: 4\d\d /);
      expect(await balanceOf(tenant)).toBe(NANO_MAX);
      expect(outcomeOf(await plain(gateway(), tenant))).toBe('200');
      const rows = await untilEnded(gateway(), tenant, 2);
      expect(await balanceOf(tenant)).toBe(NANO_MAX + cost - sumOf(rows));
    },
  );

  it('a debt of the bound is held to the nano, and takes no nano more', async () => {
    const tenant = await gateway().admin.newTenant({ balance: '0', creditLimit: String(NANO_MAX) });
    expect(outcomeOf(await plain(gateway(), tenant))).toBe('200');
    const cost = sumOf(await untilEnded(gateway(), tenant, 1));
    await credit(tenant, cost - NANO_MAX);
    expect(await balanceOf(tenant)).toBe(-NANO_MAX);
    await expect(credit(tenant, -1n)).rejects.toThrow(/: 4\d\d /);
    expect(outcomeOf(await plain(gateway(), tenant))).toBe('402 insufficient_quota');
    expect(await balanceOf(tenant)).toBe(-NANO_MAX);
  });

  it('a balance, a limit or a credit beyond the bound is refused', async () => {
    const beyond = String(NANO_MAX + 1n);
    const { admin } = gateway();
    await expect(admin.newTenant({ balance: beyond })).rejects.toThrow(/: 400 /);
    await expect(admin.newTenant({ creditLimit: beyond })).rejects.toThrow(/: 400 /);
    const tenant = await admin.newTenant({ balance: '0' });
    await expect(credit(tenant, NANO_MAX + 1n)).rejects.toThrow(/: 400 /);
    expect(await balanceOf(tenant)).toBe(0n);
  });
});
