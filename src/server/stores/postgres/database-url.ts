/** What DATABASE_URL leads to. */
export interface DatabaseRoute {
  /** Without the words that are meant for us. */
  readonly url: string;
  /**
   * A pooler in transaction mode (PgBouncer, Supavisor, a host's own) stands in between: a transaction
   * is the longest that a connection is ours. Nothing of a session can be relied on: prepared
   * statements, settings, LISTEN, locks, temporary tables.
   */
  readonly isPooled: boolean;
  /** What the driver may do on this route. */
  readonly driver: { readonly prepare: boolean; readonly max_pipeline: number };
}

const POOLER = 'pgbouncer';

const DIRECT = { prepare: true, max_pipeline: 100 };
/**
 * The next transaction may come to a connection that knows no such statement. And PgBouncer 1.18
 * gives a connection away while a statement that followed another's is under way on it: its answer is lost.
 */
const POOLED = { prepare: false, max_pipeline: 0 };

/** Reads `?pgbouncer=true`, the word that hosts and other clients use; the driver would send it on. */
export function readDatabaseUrl(databaseUrl: string): DatabaseRoute {
  const url = new URL(databaseUrl);
  const word = url.searchParams.get(POOLER);
  if (word === null) return { url: databaseUrl, isPooled: false, driver: DIRECT };
  url.searchParams.delete(POOLER);
  const isPooled = word === 'true';
  return { url: url.href, isPooled, driver: isPooled ? POOLED : DIRECT };
}
