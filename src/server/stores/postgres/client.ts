import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import * as schema from './schema';

export type Sql = postgres.Sql<{ bigint: bigint }>;
/** The pool, or one of its transactions: both run the same tagged queries. */
export type Tx = postgres.TransactionSql<{ bigint: bigint }> | Sql;
export type Database = PostgresJsDatabase<typeof schema>;

export interface PostgresClient {
  /** For the money path: plain SQL, int8 as bigint. */
  readonly sql: Sql;
  /** For everything else: Drizzle on a pool of its own, since it changes the type parsers. */
  readonly db: Database;
  close(): Promise<void>;
}

export interface PostgresOptions {
  readonly connectionsMax?: number;
}

/** Opens pools lazily: nothing is connected before the first query. */
export function createPostgresClient(url: string, options: PostgresOptions = {}): PostgresClient {
  const common = {
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
    connection: { ...common.connection, plan_cache_mode: 'force_custom_plan' },
  });
  return {
    sql,
    db: drizzle(portal, { schema }),
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), portal.end({ timeout: 5 })]);
    },
  };
}
