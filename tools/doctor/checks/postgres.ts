import type { Sql } from '../../../src/server/stores/postgres/client';
import { type Finding, reporter } from '../finding';

const report = reporter('postgres');

/** What a process opens at most, both pools together. */
const CONNECTIONS_A_PROCESS = 18;

/** Whether a commit lasts, whether this is the primary, and whether it has connections to give. */
export async function checkPostgres(sql: Sql, workers: number): Promise<Finding[]> {
  const [row] = await sql<
    { fsync: string; commit: string; standby: boolean; max: number; used: number }[]
  >`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
      pg_is_in_recovery() as standby, current_setting('max_connections')::int as max,
      (select sum(numbackends)::int from pg_stat_database) as used`;
  if (row === undefined) return [];
  if (row.standby) {
    return [
      report.fail('this is a standby: it takes no writes', 'Let DATABASE_URL name the primary'),
    ];
  }
  return [durability(row.fsync, row.commit), connections(row.max, row.used, workers)];
}

function durability(fsync: string, commit: string): Finding {
  if (fsync === 'off') {
    const says = 'fsync is off: a power cut may take committed charges, or the whole database';
    return report.fail(says, 'Set fsync = on');
  }
  if (commit === 'off') {
    const says = 'synchronous_commit is off: a crash takes the charges of its last moments';
    return report.fail(says, 'Set synchronous_commit = on');
  }
  return report.ok(`a commit lasts (fsync ${fsync}, synchronous_commit ${commit})`);
}

function connections(max: number, used: number, workers: number): Finding {
  const needed = CONNECTIONS_A_PROCESS * workers;
  const says = `${used} of ${max} connections used; this instance opens up to ${needed}`;
  if (max - used >= needed) return report.ok(says);
  return report.warn(says, 'Raise max_connections, lower WORKERS, or put a pooler in front');
}
