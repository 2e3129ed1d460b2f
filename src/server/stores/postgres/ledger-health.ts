import type { Sql } from './client';
import { isAbandoned } from './expired';
import { guarded } from './failure';

/**
 * For how long, in milliseconds, the oldest charge that the sweeper may end has waited for it; 0: there
 * is none. Throws LedgerUnavailable.
 */
export const readSweepLagMs = (sql: Sql): Promise<number> =>
  guarded(async () => {
    const [row] = await sql<{ lag_ms: number }[]>`
      select extract(epoch from clock_timestamp() - lease_expires_at)::float8 * 1000 as lag_ms
      from billing_transaction where ${isAbandoned(sql)}
      order by lease_expires_at limit 1`;
    return row?.lag_ms ?? 0;
  });

/** Tenants who have spent more than their balance and their credit limit. Throws LedgerUnavailable. */
export const countOverspentTenants = (sql: Sql): Promise<number> =>
  guarded(async () => {
    const [row] = await sql<{ tenants: number }[]>`
      select count(*)::int as tenants from tenant_quota where balance + credit_limit < 0`;
    return row?.tenants ?? 0;
  });
