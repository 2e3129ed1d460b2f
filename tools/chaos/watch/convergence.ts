import type { Redis } from 'ioredis';
import type { Sql } from 'postgres';
import { type FaultLog, ofStores } from './fault-log';

/** Every hash is at Postgres's version so long after the stores are back. */
export const CONVERGENCE_MS_MAX = 60_000;

/** A tenant's version in each store; null in Redis: the hash is cold, and the next use warms it. */
export interface Versions {
  readonly tenantId: string;
  readonly inPostgres: bigint;
  readonly inRedis: bigint | null;
}

interface Behind {
  /** Reached when the hash is at this version. */
  readonly version: bigint;
  readonly sinceMs: number;
}

/** How long hashes stay behind the ledger while both stores are whole. */
export class ConvergenceWatch {
  longestMs = 0;
  private readonly behind = new Map<string, Behind>();
  private wholeSinceMs = 0;

  /** Takes one reading. Postgres must have been read first: a hash ahead of it has converged. */
  take(readings: readonly Versions[], wholeSinceMs: number, nowMs: number): string[] {
    const isAfresh = wholeSinceMs !== this.wholeSinceMs;
    if (isAfresh) this.behind.clear();
    this.wholeSinceMs = wholeSinceMs;
    const late: string[] = [];
    for (const { tenantId, inPostgres, inRedis } of readings) {
      const target = this.behind.get(tenantId)?.version ?? inPostgres;
      const sinceMs = this.behind.get(tenantId)?.sinceMs ?? (isAfresh ? wholeSinceMs : nowMs);
      if (isAfresh || this.behind.has(tenantId)) {
        this.longestMs = Math.max(this.longestMs, nowMs - sinceMs);
      }
      if (inRedis === null || inRedis >= target) {
        this.behind.delete(tenantId);
        continue;
      }
      this.behind.set(tenantId, { version: target, sinceMs });
      if (nowMs - sinceMs > CONVERGENCE_MS_MAX) {
        late.push(
          `convergence: ${tenantId} is at version ${inRedis} of ${target}, ${nowMs - sinceMs} ms after the stores were back`,
        );
      }
    }
    return late;
  }
}

/** Reads and judges once. Nothing while a store is struck. Throws while one cannot be read. */
export async function lookAtVersions(
  watch: ConvergenceWatch,
  { sql, redisClient }: { readonly sql: Sql; readonly redisClient: Redis },
  faults: FaultLog,
): Promise<string[]> {
  const sinceMs = faults.wholeSinceMs(ofStores);
  if (sinceMs === null) return [];
  const rows = await sql<{ tenantId: string; version: bigint }[]>`
    select tenant_id as "tenantId", version from tenant_quota`;
  const pipeline = redisClient.pipeline();
  for (const { tenantId } of rows) pipeline.hget(`gw:quota:tenant:${tenantId}`, 'version');
  const replies = (await pipeline.exec()) ?? [];
  if (faults.wholeSinceMs(ofStores) !== sinceMs) return [];
  const readings = rows.map(({ tenantId, version }, index) => {
    const reply = replies[index]?.[1];
    const inRedis = typeof reply === 'string' ? BigInt(reply) : null;
    return { tenantId, inPostgres: version, inRedis };
  });
  return watch.take(readings, sinceMs, Date.now());
}
