import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { readDatabaseUrl } from '@/server/stores/postgres/database-url';

const FOLDER = path.join(import.meta.dirname, '../../drizzle');

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

const isJournal = (value: unknown): value is Journal =>
  typeof value === 'object' && value !== null && 'entries' in value && Array.isArray(value.entries);

/** An empty database becomes what the release whose last migration this is left behind. */
export async function migrateUpTo(databaseUrl: string, lastTag: string): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-migrations-'));
  cpSync(FOLDER, folder, { recursive: true });
  const file = path.join(folder, 'meta/_journal.json');
  const journal: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isJournal(journal)) throw new Error('The journal of the migrations has another form');
  const last = journal.entries.findIndex(({ tag }) => tag === lastTag);
  if (last === -1) throw new Error(`There is no migration ${lastTag}`);
  writeFileSync(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, last + 1) }));
  const { url, driver } = readDatabaseUrl(databaseUrl);
  const sql = postgres(url, { ...driver, max: 1, onnotice: () => undefined });
  try {
    await migrate(drizzle(sql), { migrationsFolder: folder });
  } finally {
    await sql.end();
    rmSync(folder, { recursive: true });
  }
}
