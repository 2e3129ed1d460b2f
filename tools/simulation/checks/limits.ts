import type { ChargeRow, Database } from '../postgres-model/database';
import { isInPeriodOf, useOf } from '../postgres-model/use';
import type { TenantPlan } from '../world/tenants';

/**
 * E: what was spent beyond the most that the tenant was ever allowed. What held a late charge was
 * free to be spent meanwhile: late charges count on top, and where a spool may have been out of reach
 * for a lease, those that it booked without a row before.
 */
export function* overspent(
  db: Database,
  { id, bounds }: TenantPlan,
  mayBeHidden: boolean,
): Generator<string> {
  const quota = db.quota(id);
  const committed = [...db.charges.values()].filter(
    (row) => row.status === 'COMMITTED' && row.charge.tenantId === id,
  );
  const isLate = ({ charge: { transactionId } }: ChargeRow): boolean =>
    db.late.has(transactionId) || (mayBeHidden && db.insertedFromSpool.has(transactionId));
  const late = committed.filter(isLate);
  const inTime = committed.filter((row) => !isLate(row));
  const lateNano = late.reduce((sum, row) => sum + row.amountNano, 0n);
  const floor = -bounds.creditNano - bounds.takenNano - lateNano;
  if (quota.balanceNano < floor) yield `the balance is ${quota.balanceNano}, below ${floor}`;
  const most = (read: (row: ChargeRow) => string): number => {
    const counts = new Map<string, number>();
    for (const row of inTime) counts.set(read(row), (counts.get(read(row)) ?? 0) + 1);
    return Math.max(0, ...counts.values());
  };
  const [daily, monthly] = [most((row) => row.charge.day), most((row) => row.charge.month)];
  if (bounds.dailyLimit !== null && daily > bounds.dailyLimit) {
    yield `${daily} requests in a day, ${bounds.dailyLimit} are allowed`;
  }
  if (bounds.monthlyLimit !== null && monthly > bounds.monthlyLimit) {
    yield `${monthly} requests in a month, ${bounds.monthlyLimit} are allowed`;
  }
  for (const key of db.keyQuotasOf(id)) {
    const lateUse = late
      .filter((row) => isInPeriodOf(key, row))
      .reduce((sum, row) => sum + useOf(key.type, row), 0n);
    if (key.used - lateUse > key.limit) {
      yield `${key.type} of ${key.keyId} is ${key.used}, ${key.limit} is allowed`;
    }
  }
}
