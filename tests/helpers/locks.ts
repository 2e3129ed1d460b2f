import type { TestDatabase } from './database';

/** Whether some query of this database waits for a lock that another transaction holds. */
export async function isAnyoneWaiting({ sql }: Pick<TestDatabase, 'sql'>): Promise<boolean> {
  const waiting = await sql`
    select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return waiting.length > 0;
}
