import type { TenantId } from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import { periodOf } from '@/server/domain/quota';
import { operationsKey, quotaKey } from '@/server/stores/redis/keys';
import type { World } from '../world/world';

/** What still keeps a mended world from being at rest (C); empty once it is. */
export function* unsettled(world: World): Generator<string> {
  if (world.underWay > 0) yield `${world.underWay} messages are under way`;
  for (const [exchange] of world.clients.open) yield `${exchange.name} has no end`;
  const { db } = world.postgres;
  for (const row of db.charges.values()) {
    if (row.status === 'PENDING') yield `${row.charge.operationId} is still PENDING`;
  }
  for (const [id, row] of db.quarantine) if (!row.isResolved) yield `${id} is in quarantine`;
  for (const disk of world.disks) if (disk.files.size > 0) yield 'a disk has settlements';
  for (const { name, openCharges } of world.alive) {
    if (openCharges > 0) yield `${name} still renews ${openCharges} charges`;
  }
  if (world.redis.memory.spool.size > 0) yield 'Redis has settlements on its spool';
  for (const key of world.redis.keysOf('')) {
    if (key.includes(':trace:')) yield `the lock ${key} is held`;
    if (key.endsWith(':ops')) yield `operations are left in ${key}`;
  }
  for (const { id } of world.tenants) yield* differences(world, id);
}

/** Where Redis disagrees with Postgres about a tenant that Redis knows. */
function* differences(world: World, tenantId: TenantId): Generator<string> {
  const { db } = world.postgres;
  const quota = db.quota(tenantId);
  const h = world.redis.memory.keys.fields(quotaKey(tenantId));
  if (h.size === 0 || world.redis.memory.keys.exists(operationsKey(tenantId))) return;
  const differ = (name: string, redis: string, postgres: string): string[] =>
    redis === postgres
      ? []
      : [`${name} of ${tenantId} is ${redis} in Redis, ${postgres} in Postgres`];
  const limit = (value: number | null): string => (value === null ? '' : String(value));
  yield* differ('version', h.get('version') ?? '', String(quota.version));
  yield* differ('balance', h.get('balance') ?? '', String(quota.balanceNano));
  yield* differ('base', h.get('base') ?? '', String(quota.balanceNano));
  yield* differ('credit_limit', h.get('credit_limit') ?? '', String(quota.creditLimitNano));
  yield* differ('daily_limit', h.get('daily_limit') ?? '', limit(quota.dailyLimit));
  yield* differ('monthly_limit', h.get('monthly_limit') ?? '', limit(quota.monthlyLimit));
  const at = (stored: string, used: string, now: string): string => (stored === now ? used : '0');
  // Both count for one day and month, whichever of the two has been asked later.
  const nowMs = world.redis.now();
  const day = [dayOf(nowMs), h.get('daily_date') ?? '', quota.dailyDate].toSorted().at(-1) ?? '';
  const month =
    [monthOf(nowMs), h.get('monthly_month') ?? '', quota.monthlyMonth].toSorted().at(-1) ?? '';
  yield* differ(
    'daily_used',
    at(h.get('daily_date') ?? '', h.get('daily_used') ?? '', day),
    at(quota.dailyDate, String(quota.dailyUsed), day),
  );
  yield* differ(
    'monthly_used',
    at(h.get('monthly_month') ?? '', h.get('monthly_used') ?? '', month),
    at(quota.monthlyMonth, String(quota.monthlyUsed), month),
  );
  for (const key of db.keyQuotasOf(tenantId)) {
    const field = `${key.keyId}:${key.type}`;
    const stored = h.get(`kqp:${field}`);
    if (stored === undefined) continue;
    const now = periodOf(key.type, dayOf(nowMs), monthOf(nowMs));
    const latest = [now, stored, key.period].toSorted().at(-1) ?? '';
    yield* differ(
      field,
      at(stored, h.get(`kq:${field}`) ?? '', latest),
      at(key.period, String(key.used), latest),
    );
  }
}
