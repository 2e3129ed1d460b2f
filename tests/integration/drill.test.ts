import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFigures } from '../../tools/drill/figures';
import { findDumpPrograms } from '../../tools/drill/programs';
import { rehearse } from '../../tools/drill/rehearse';
import { drill } from '../../tools/drill/restore';
import { type OldPostgres, startPostgres15 } from '../../tools/postgres-15';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { sharedRedisUrl } from '../helpers/redis';

// PostgreSQL 15 is the source: any pg_dump that is supported at all can read it.
let old: OldPostgres;
let source: TestDatabase;
const said: string[] = [];

beforeAll(async () => {
  old = await startPostgres15();
  source = await createDatabase({ server: old.url, isMigrated: false });
});

afterAll(async () => {
  await source?.drop();
  await old?.stop();
});

function options() {
  const programs = findDumpPrograms();
  if (programs === null) throw new Error('Install postgresql-client.');
  return {
    sourceUrl: source.url,
    targetServerUrl: process.env.TEST_DATABASE_URL ?? '',
    redisUrl: sharedRedisUrl(),
    programs,
    say: (line: string) => void said.push(line),
  };
}

const figures = () => source.sql.begin((tx) => readFigures(tx));

it('a ledger dumped under traffic comes back row by row; Redis is rebuilt, all invariants hold, and it serves', async () => {
  const rehearsed = await rehearse(options(), { tenants: 20, transactions: 400 });
  expect(said.filter((line) => /DIFFERENT|BROKEN/.test(line))).toEqual([]);
  expect(rehearsed).toMatchObject({ ok: true, different: [], tenants: 21 });
  expect(rehearsed.rows).toBeGreaterThan(400n);
  expect(rehearsed.answers).toBeGreaterThan(0);
  const compared = rehearsed.audit.report.invariants.find(({ name }) => name === 'stores_agree');
  expect(compared).toMatchObject({ ok: true, compared: true });
});

it('books that are wrong are said to be, and the source is not written', async () => {
  await source.sql`update tenant_quota set balance = balance + 1
    where tenant_id = (select min(tenant_id::text)::uuid from tenant_quota)`;
  const before = await figures();
  const drilled = await drill(options());
  expect(drilled).toMatchObject({ ok: false, different: [] });
  expect(said.at(-1)).toContain('BROKEN: ledger_adds_up');
  expect(await figures()).toEqual(before);
});

it('a pg_dump that is older than the source is refused with what to install', async () => {
  const { programs } = options();
  await expect(drill({ ...options(), programs: { ...programs, major: 14 } })).rejects.toThrow(
    /The source is PostgreSQL 15 and pg_dump 14: install .*postgresql-client-15/,
  );
});
