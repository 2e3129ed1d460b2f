import type { Sql } from 'postgres';
import { type FaultLog, ofGateway, ofPostgresItself } from './fault-log';

/** A charge must be ended so long after its lease ran out. */
export const LEASE_OVERRUN_MS_MAX = 90_000;

/** How long PENDING rows stay past their leases, while a gateway could end them. */
export class LeaseWatch {
  longestMs = 0;

  constructor(
    private readonly sql: Sql,
    private readonly faults: FaultLog,
    private readonly gateways: number,
  ) {}

  /** Looks once. Gives a violation, or null. Throws while Postgres is away. */
  async look(): Promise<string | null> {
    const [oldest] = await this.sql<{ tenantId: string; traceId: string; expiresAt: Date }[]>`
      select tenant_id as "tenantId", trace_id as "traceId", lease_expires_at as "expiresAt"
      from billing_transaction where status = 'PENDING' and lease_expires_at < now()
      order by lease_expires_at limit 1`;
    if (oldest === undefined) return null;
    const overrunMs = overrunOf(oldest.expiresAt.getTime(), this.faults, this.gateways, Date.now());
    this.longestMs = Math.max(this.longestMs, overrunMs);
    if (overrunMs <= LEASE_OVERRUN_MS_MAX) return null;
    return `lease: ${oldest.tenantId} ${oldest.traceId} is PENDING ${overrunMs} ms past its lease`;
  }
}

/** Milliseconds past the lease during which Postgres and one gateway were whole all the time. */
export function overrunOf(
  expiredAtMs: number,
  faults: FaultLog,
  gateways: number,
  nowMs: number,
): number {
  const wholeGateways = Array.from({ length: gateways }, (_, gateway) =>
    faults.wholeSinceMs(ofGateway(gateway)),
  ).filter((sinceMs) => sinceMs !== null);
  const postgresSinceMs = faults.wholeSinceMs(ofPostgresItself);
  if (postgresSinceMs === null || wholeGateways.length === 0) return 0;
  const sinceMs = Math.max(expiredAtMs, postgresSinceMs, Math.min(...wholeGateways));
  return Math.max(0, nowMs - sinceMs);
}
