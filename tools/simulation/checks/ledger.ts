import type { TenantId } from '@/server/domain/ids';
import type { Database } from '../postgres-model/database';
import { isInPeriodOf, useOf } from '../postgres-model/use';

/** What the ledger must say of a tenant in every committed state: B, and its counters. */
export function* wrongInLedger(db: Database, tenantId: TenantId): Generator<string> {
  const quota = db.quota(tenantId);
  const charged = [...db.charges.values()].filter(
    (row) => row.status === 'COMMITTED' && row.charge.tenantId === tenantId,
  );
  let balance = 0n;
  for (const credit of db.credits.values()) {
    if (credit.tenantId === tenantId) balance += credit.amountNano;
  }
  for (const row of charged) balance -= row.amountNano;
  if (balance !== quota.balanceNano) {
    yield `the balance is ${quota.balanceNano}, its rows make ${balance}`;
  }
  const today = charged.filter((row) => row.charge.day === quota.dailyDate).length;
  if (today !== quota.dailyUsed) yield `daily_used is ${quota.dailyUsed}, its rows make ${today}`;
  const month = charged.filter((row) => row.charge.month === quota.monthlyMonth).length;
  if (month !== quota.monthlyUsed) {
    yield `monthly_used is ${quota.monthlyUsed}, its rows make ${month}`;
  }
  for (const key of db.keyQuotasOf(tenantId)) {
    const own = charged.filter((row) => isInPeriodOf(key, row));
    const used = own.reduce((sum, row) => sum + useOf(key.type, row), 0n);
    if (used !== key.used)
      yield `${key.type} of ${key.keyId} is ${key.used}, its rows make ${used}`;
  }
}
