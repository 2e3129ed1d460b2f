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
}

const POOLER = 'pgbouncer';

/** Reads `?pgbouncer=true`, the word that hosts and other clients use; the driver would send it on. */
export function readDatabaseUrl(databaseUrl: string): DatabaseRoute {
  const url = new URL(databaseUrl);
  const word = url.searchParams.get(POOLER);
  if (word === null) return { url: databaseUrl, isPooled: false };
  url.searchParams.delete(POOLER);
  return { url: url.href, isPooled: word === 'true' };
}
