import { expect, test } from 'vitest';
import { newTenantId, newTransactionId, operationId, type TenantId } from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { Fold } from '@/server/domain/ports';
import { foldsTogether } from '@/server/stores/failover/folds-together';

const fold = (tenantId: TenantId, version: number): Fold => ({
  tenantId,
  quota: {
    tenantId,
    balanceNano: BigInt(1_000 - version),
    creditLimitNano: 0n,
    dailyLimit: null,
    dailyUsed: version,
    dailyDate: trustedDay('2026-11-23'),
    monthlyLimit: null,
    monthlyUsed: version,
    monthlyMonth: trustedMonth('2026-11'),
    version,
  },
  keyQuotas: [],
  operations: [{ operationId: operationId(newTransactionId(), 1), traceId: null }],
});

test('what one tenant folds in one turn leaves as one, with every operation and the newest row', async () => {
  const sent: Fold[] = [];
  const send = foldsTogether(async (what) => void sent.push(what));
  const [ours, theirs] = [newTenantId(), newTenantId()];
  const folds = [fold(ours, 2), fold(theirs, 9), fold(ours, 3), fold(ours, 1)];
  await Promise.all(folds.map(send));
  expect(sent.map(({ tenantId }) => tenantId)).toEqual([ours, theirs]);
  expect(sent[0]?.quota?.version).toBe(3);
  const own = folds.filter(({ tenantId }) => tenantId === ours);
  expect(sent[0]?.operations).toEqual(own.flatMap(({ operations }) => operations));
});

test('one that comes while another is on its way leaves by itself', async () => {
  const sent: Fold[] = [];
  const releases: (() => void)[] = [];
  const send = foldsTogether((what) => {
    sent.push(what);
    return new Promise((resolve) => releases.push(resolve));
  });
  const tenantId = newTenantId();
  const first = send(fold(tenantId, 1));
  await expect.poll(() => sent.length).toBe(1);
  const second = send(fold(tenantId, 2));
  await expect.poll(() => sent.length).toBe(2);
  for (const release of releases) release();
  await Promise.all([first, second]);
  expect(sent.map(({ quota }) => quota?.version)).toEqual([1, 2]);
});

test('each hears that the fold it went with was refused', async () => {
  const send = foldsTogether(() => Promise.reject(new Error('refused')));
  const tenantId = newTenantId();
  const ends = await Promise.allSettled([send(fold(tenantId, 1)), send(fold(tenantId, 2))]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
