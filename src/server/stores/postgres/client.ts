import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { readDatabaseUrl } from './database-url';
import * as schema from './schema';

export type Sql = postgres.Sql<{ bigint: bigint }>;
/** The pool, or one of its transactions: both run the same tagged queries. */
export type Tx = postgres.TransactionSql<{ bigint: bigint }> | Sql;
export type Database = PostgresJsDatabase<typeof schema>;

/** How busy a pool is right now. */
export interface PoolLoad {
  readonly pool: 'gateway' | 'portal';
  /** Connections that Postgres is working for. */
  readonly busy: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
}

export interface PostgresClient {
  /** For the money path: plain SQL, int8 as bigint. */
  readonly sql: Sql;
  /** For everything else: Drizzle on a pool of its own, since it changes the type parsers. */
  readonly db: Database;
  loads(): readonly PoolLoad[];
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly connectionsMax?: number;
}

/** Opens pools lazily: nothing is connected before the first query. */
export function createPostgresClient(
  databaseUrl: string,
  options: PostgresOptions = {},
): PostgresClient {
  const { url, isPooled, driver } = readDatabaseUrl(databaseUrl);
  const common = {
    ...driver,
    connect_timeout: 5,
    // After an outage a second is soon enough; the driver's own pauses grow to twenty.
    backoff: (attempts: number) => Math.min(attempts * 0.1, 1),
    idle_timeout: 60,
    onnotice: () => undefined,
    connection: { application_name: 'tallygate' },
  };
  const sql = postgres(url, {
    ...common,
    max: options.connectionsMax ?? 12,
    types: { bigint: postgres.BigInt },
  });
  // Each page is planned for its own tenant and condition: a plan for any of them reads all of a large one's rows.
  const portal = postgres(url, {
    ...common,
    max: 6,
    // A pooler refuses the setting; what is not prepared is planned each time anyway.
    connection: isPooled
      ? common.connection
      : { ...common.connection, plan_cache_mode: 'force_custom_plan' },
  });
  return {
    sql,
    db: drizzle(portal, { schema }),
    loads: () => [
      { pool: 'gateway', ...loadOf(sql) },
      { pool: 'portal', ...loadOf(portal) },
    ],
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), portal.end({ timeout: 5 })]);
    },
  };
}

const NO_LOAD = { busy: 0, waiting: 0 };

/** `load` is ours: scripts/lib/mend-driver.mjs adds it to the driver. */
function loadOf(pool: object): Pick<PoolLoad, 'busy' | 'waiting'> {
  const load: unknown = 'load' in pool && typeof pool.load === 'function' ? pool.load() : null;
  return isLoad(load) ? load : NO_LOAD;
}

const isLoad = (load: unknown): load is Pick<PoolLoad, 'busy' | 'waiting'> =>
  typeof load === 'object' && load !== null && 'busy' in load && 'waiting' in load;
