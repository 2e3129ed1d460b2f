import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Sql } from '../../../src/server/stores/postgres/client';
import { DATABASE_FUNCTIONS } from '../../../src/server/stores/postgres/migrate';
import { type Finding, reporter } from '../finding';

const report = reporter('migrations');
const START_ONE = 'Start an instance of this build: it migrates before it serves';

const journal = z.object({ entries: z.array(z.object({ tag: z.string() })) });

export interface ShippedMigration {
  readonly tag: string;
  /** As the ledger of migrations in the database has it. */
  readonly hash: string;
}

/** The migrations of a build, in their order. */
export function shippedMigrations(folder: string): ShippedMigration[] {
  const file = path.join(folder, 'meta/_journal.json');
  const { entries } = journal.parse(JSON.parse(readFileSync(file, 'utf8')));
  return entries.map(({ tag }) => {
    const text = readFileSync(path.join(folder, `${tag}.sql`), 'utf8');
    return { tag, hash: createHash('sha256').update(text).digest('hex') };
  });
}

/** Whether the database is what this build expects: applied = shipped, its functions there, no half index. */
export async function checkMigrations(
  sql: Sql,
  shipped: readonly ShippedMigration[],
): Promise<Finding[]> {
  const [found] = await sql`select 1 where to_regclass('drizzle.__drizzle_migrations') is not null`;
  if (found === undefined) return [report.fail('the database is empty', START_ONE)];
  const applied = await sql<{ hash: string }[]>`
    select hash from drizzle.__drizzle_migrations order by created_at, id`;
  const comparison = compare(
    shipped,
    applied.map(({ hash }) => hash),
  );
  if (comparison.verdict === 'fail') return [comparison];
  return [comparison, await checkFunctions(sql), ...(await checkIndexes(sql))];
}

function compare(shipped: readonly ShippedMigration[], applied: readonly string[]): Finding {
  const missing = shipped.slice(applied.length).map(({ tag }) => tag);
  const other = shipped.find(({ hash }, i) => i < applied.length && applied[i] !== hash);
  if (other !== undefined) {
    const says = `${other.tag} was applied with another text than this build has`;
    return report.fail(
      says,
      'Run the build that made this database, or restore a backup of its own',
    );
  }
  if (missing.length > 0) return report.fail(`${missing.join(', ')} not applied`, START_ONE);
  const newer = applied.length - shipped.length;
  if (newer === 0) return report.ok(`${applied.length} applied, as shipped`);
  const says = `the database has ${newer} newer than this build`;
  return report.warn(
    says,
    'Finish the upgrade; neighbouring releases may run side by side meanwhile',
  );
}

async function checkFunctions(sql: Sql): Promise<Finding> {
  const names = DATABASE_FUNCTIONS.map(({ name }) => name);
  const missing = await sql<{ name: string }[]>`
    select n as name from unnest(${names}::text[]) n where to_regproc(n) is null`;
  if (missing.length === 0) return report.ok(`this build's functions are there`);
  return report.fail(`${missing.map(({ name }) => name).join(', ')} not there`, START_ONE);
}

async function checkIndexes(sql: Sql): Promise<Finding[]> {
  const rows = await sql<{ name: string }[]>`
    select indexrelid::regclass::text as name from pg_index i
    join pg_class c on c.oid = i.indrelid
    where not i.indisvalid and c.relnamespace = 'public'::regnamespace`;
  return rows.map(({ name }) =>
    report.warn(`the index ${name} was left half made`, `reindex index concurrently ${name}`),
  );
}
