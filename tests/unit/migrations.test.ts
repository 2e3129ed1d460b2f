import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { INDEXES } from '@/server/stores/postgres/large-indexes';
import { lintMigration } from '../helpers/migration-lint';

const FOLDER = path.join(import.meta.dirname, '../../drizzle');
const read = (file: string) => readFileSync(path.join(FOLDER, file), 'utf8');

const { entries } = z
  .object({ entries: z.array(z.object({ tag: z.string(), idx: z.number(), when: z.number() })) })
  .parse(JSON.parse(read('meta/_journal.json')));
const tags = entries.map(({ tag }) => tag);

/** `sha256sum *.sql` of what was ever shipped. */
const recorded = new Map(
  read('checksums')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [hash = '', file = ''] = line.split(/\s+/);
      return [file.replace(/\.sql$/, ''), hash] as const;
    }),
);

const MADE_BEFORE = new Set(Object.keys(INDEXES));

/** Applied everywhere before there was this rule, or before there was a ledger of any size. */
const BEFORE_THE_RULE = 8;

describe('migrations are append-only', () => {
  it('each one that was shipped is there, letter by letter (drizzle/checksums)', () => {
    expect(recorded.size).toBeGreaterThanOrEqual(10);
    for (const [tag, hash] of recorded) {
      expect(
        createHash('sha256')
          .update(read(`${tag}.sql`))
          .digest('hex'),
        tag,
      ).toBe(hash);
    }
  });

  it('what is not recorded yet comes after all that is', () => {
    expect(tags.slice(0, recorded.size)).toEqual([...recorded.keys()]);
  });

  it('the journal has every file, in the order of their numbers', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
    expect(files.sort()).toEqual(tags.map((tag) => `${tag}.sql`));
    expect(entries.map(({ tag }) => Number(tag.slice(0, 4)))).toEqual(
      entries.map(({ idx }) => idx),
    );
  });

  it('each is later than the one before: a database takes only what is later than its last', () => {
    for (const [index, { when, tag }] of entries.entries()) {
      expect(when, tag).toBeGreaterThan(entries[index - 1]?.when ?? 0);
    }
  });
});

describe('migrations are safe under load', () => {
  it.each(tags.filter((tag) => Number(tag.slice(0, 4)) > BEFORE_THE_RULE))(
    '%s locks no large table for long, and takes nothing that the release before uses',
    (tag) => {
      expect(lintMigration(read(`${tag}.sql`), MADE_BEFORE)).toEqual([]);
    },
  );

  it('the rule would have found what was done before it', () => {
    expect(lintMigration(read('0003_refunds.sql'), MADE_BEFORE)).toHaveLength(3);
    expect(lintMigration(read('0007_pages.sql'), MADE_BEFORE)).toEqual([]);
    expect(lintMigration(read('0007_pages.sql'), new Set())).toHaveLength(6);
  });

  it.each([
    'create index "i" on "billing_transaction" ("note")',
    'CREATE UNIQUE INDEX i ON public_x (a); create index j on billing_transaction using btree (a)',
    'alter table "billing_transaction" alter column "note" set not null',
    'alter table "billing_transaction" alter column "note" set data type varchar(9)',
    'alter table billing_transaction add column a text, alter note type int',
    'alter table "billing_transaction" add constraint "c" check (amount > 0)',
    'alter table "public"."billing_transaction" add constraint "c" foreign key ("a") references "b"("c")',
    'alter table billing_transaction add constraint c unique (a)',
    'alter table billing_transaction add column a uuid references tenant (id)',
    'alter table billing_transaction add column a uuid default gen_random_uuid()',
    'alter table billing_transaction add column a bigserial',
    'alter table billing_transaction add column a int generated always as (amount) stored',
    'alter table billing_transaction set unlogged',
    'update billing_transaction set note = null',
    'delete from "usage_rollup" where day < now()',
    'lock table billing_transaction',
    'alter table tenant drop column name',
    'alter table tenant rename column name to title',
    'alter table tenant rename to customer',
    'alter table tenant add column a text not null',
    'drop table membership',
    '-- a comment\n/* */ create table t (a int);\n--> statement-breakpoint\nvacuum full billing_transaction',
  ])('%s is refused', (text) => {
    expect(lintMigration(text, MADE_BEFORE)).toHaveLength(1);
  });

  it.each([
    'create index concurrently_made on small_table (a)',
    'create table t (a uuid not null references billing_transaction (id)); create index i on t (a)',
    'create table usage_daily (a int); alter table usage_daily add constraint c check (a > 0)',
    'alter table billing_transaction add column a text',
    "alter table billing_transaction add column a text default '' not null",
    'alter table billing_transaction add constraint c check (num_nulls(a, b) = 1) not valid',
    'alter table billing_transaction validate constraint c',
    'alter table billing_transaction add constraint c unique using index i',
    'alter table tenant drop constraint c',
    'create or replace function f() returns trigger as $$ begin update billing_transaction set a = 1; end $$ language plpgsql',
    'update setting set value = null',
  ])('%s is accepted', (text) => {
    expect(lintMigration(text, MADE_BEFORE)).toEqual([]);
  });
});
