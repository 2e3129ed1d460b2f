import type { ChargeRow, Database } from '../postgres-model/database';
import type { TenantPlan } from '../world/tenants';

/** E: what was spent beyond the most that the tenant was ever allowed. */
export function* overspent(db: Database, { id, bounds }: TenantPlan): Generator<string> {
  const quota = db.quota(id);
  const floor = -bounds.creditNano - bounds.takenNano;
  if (quota.balanceNano < floor) yield `the balance is ${quota.balanceNano}, below ${floor}`;
  const charged = [...db.charges.values()].filter(
    (row) => row.status === 'COMMITTED' && row.charge.tenantId === id,
  );
  const most = (read: (row: ChargeRow) => string): number => {
    const counts = new Map<string, number>();
    for (const row of charged) counts.set(read(row), (counts.get(read(row)) ?? 0) + 1);
    return Math.max(0, ...counts.values());
  };
  const [daily, monthly] = [most((row) => row.charge.day), most((row) => row.charge.month)];
  if (bounds.dailyLimit !== null && daily > bounds.dailyLimit) {
    yield `${daily} requests in a day, ${bounds.dailyLimit} are allowed`;
  }
  if (bounds.monthlyLimit !== null && monthly > bounds.monthlyLimit) {
    yield `${monthly} requests in a month, ${bounds.monthlyLimit} are allowed`;
  }
  for (const { type, used, limit, keyId } of db.keyQuotasOf(id)) {
    if (used > limit) yield `${type} of ${keyId} is ${used}, ${limit} is allowed`;
  }
}
