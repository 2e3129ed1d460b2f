import { describe, expect, test } from 'vitest';
import {
  newApiKeyId,
  newTenantId,
  newTransactionId,
  operationId,
  type TenantId,
} from '@/server/domain/ids';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { Fold } from '@/server/domain/ports';
import type { KeyQuotaRow, QuotaRow } from '@/server/domain/quota';
import { OwedFolds } from '@/server/stores/failover/owed-folds';

const TENANT = newTenantId();
const KEY = newApiKeyId();

const quota = (version: number, tenantId: TenantId = TENANT): QuotaRow => ({
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
});
const keyQuota = (version: number): KeyQuotaRow => ({
  keyId: KEY,
  type: 'total_requests',
  limit: 100n,
  used: BigInt(version),
  period: '',
  version,
});
const operations = (count: number): Fold['operations'] =>
  Array.from({ length: count }, () => ({
    operationId: operationId(newTransactionId(), 1),
    traceId: null,
  }));
const fold = (fields: Partial<Fold>): Fold => ({
  tenantId: TENANT,
  quota: null,
  keyQuotas: [],
  operations: [],
  ...fields,
});

describe('folds that Redis could not take', () => {
  test('are merged by tenant: the newest row, every operation once, in order', () => {
    const owed = new OwedFolds();
    const [a, b, c] = [operations(1), operations(2), operations(1)];
    owed.add(fold({ quota: quota(2), keyQuotas: [keyQuota(2)], operations: a }));
    owed.add(fold({ quota: quota(3), keyQuotas: [keyQuota(3)], operations: b }));
    owed.add(fold({ operations: c }));
    expect(owed.take(TENANT)).toEqual([
      {
        tenantId: TENANT,
        quota: quota(3),
        keyQuotas: [keyQuota(3)],
        operations: [...a, ...b, ...c],
      },
    ]);
  });

  test('an older row that comes late takes nothing back', () => {
    const owed = new OwedFolds();
    owed.add(fold({ quota: quota(9), keyQuotas: [keyQuota(9)] }));
    owed.add(fold({ quota: quota(8), keyQuotas: [keyQuota(8)] }));
    expect(owed.take(TENANT)).toMatchObject([
      { quota: { version: 9 }, keyQuotas: [{ version: 9 }] },
    ]);
  });

  test('are owed to their own tenant alone, and once', () => {
    const owed = new OwedFolds();
    const other = newTenantId();
    owed.add(fold({ quota: quota(1) }));
    owed.add(fold({ tenantId: other, quota: quota(5, other) }));
    expect(owed.tenants()).toEqual([TENANT, other]);
    expect(owed.take(TENANT)).toHaveLength(1);
    expect(owed.take(TENANT)).toEqual([]);
    expect(owed.tenants()).toEqual([other]);
  });

  test('are paid in parts that no script takes long over; the row goes with the first', () => {
    const owed = new OwedFolds();
    const all = operations(1_201);
    for (const one of all)
      owed.add(fold({ quota: quota(4), keyQuotas: [keyQuota(4)], operations: [one] }));
    const parts = owed.take(TENANT);
    expect(parts.map((part) => part.operations.length)).toEqual([500, 500, 201]);
    expect(parts.flatMap((part) => part.operations)).toEqual(all);
    expect(parts.map((part) => part.quota?.version ?? null)).toEqual([4, null, null]);
    expect(parts.map((part) => part.keyQuotas.length)).toEqual([1, 0, 0]);
  });

  test('fill no memory: beyond fifty thousand operations only rows are kept, until some are paid', () => {
    const owed = new OwedFolds();
    owed.add(fold({ operations: operations(49_999) }));
    owed.add(fold({ quota: quota(7), operations: operations(5) }));
    const other = newTenantId();
    owed.add(fold({ tenantId: other, operations: operations(1) }));
    const paid = owed.take(TENANT);
    expect(paid.flatMap((part) => part.operations)).toHaveLength(50_000);
    expect(paid[0]?.quota?.version).toBe(7);
    expect(owed.take(other)[0]?.operations).toEqual([]);
    owed.add(fold({ operations: operations(3) }));
    expect(owed.take(TENANT)[0]?.operations).toHaveLength(3);
  });
});
