import { type AnyColumn, and, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import type { TenantId } from '../../domain/ids';

const HOUR_MS = 3_600_000;
/** A row that waited on a spool is written, and dated, that much later than its id at most. */
const LATE_MS_MAX = 31 * 24 * HOUR_MS;

/**
 * The rows of a tenant, for a page. One without a condition keeps the tenant's size from the planner: it
 * takes a large tenant's rows to lie evenly among all, and for one that has been idle it would read
 * everybody's. With a condition it must know the size, to read that condition's index backwards.
 */
export const ofTenant = (column: AnyColumn, tenantId: TenantId, isFiltered: boolean): SQL =>
  isFiltered ? eq(column, tenantId) : sql`${column} = (select ${tenantId}::uuid)`;

/** From `from` to before `to`; ids sort by time, so they bound how much of the index is read. */
export function within(
  { id, createdAt }: { readonly id: AnyColumn; readonly createdAt: AnyColumn },
  from: Date | null,
  to: Date | null,
): SQL | undefined {
  return and(
    from === null ? undefined : gte(createdAt, from),
    from === null ? undefined : gte(id, firstIdAt(from.getTime() - LATE_MS_MAX)),
    to === null ? undefined : lt(createdAt, to),
    // An id is made before its row is dated; the clocks of the two may differ a little.
    to === null ? undefined : lt(id, firstIdAt(to.getTime() + HOUR_MS)),
  );
}

/** The smallest UUIDv7 of a millisecond. */
export function firstIdAt(atMs: number): string {
  const time = Math.max(atMs, 0).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}
