import type { Tx } from '../../src/server/stores/postgres/client';

/** What a table holds: its rows, and a sum over each row's text, whatever their order. */
export interface TableFigures {
  readonly table: string;
  readonly rows: bigint;
  readonly digest: string;
}

/** Reads every table of the product whole, as the transaction at hand sees it. */
export async function readFigures(tx: Tx): Promise<TableFigures[]> {
  await tx`select set_config('timezone', 'UTC', true)`;
  const tables = await tx<{ name: string }[]>`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name
    from information_schema.tables
    where table_schema in ('public', 'drizzle') and table_type = 'BASE TABLE' order by 1`;
  const figures: TableFigures[] = [];
  for (const { name } of tables) {
    const [row] = await tx.unsafe<{ rows: bigint; digest: string }[]>(`
      select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as digest
      from ${name} t`);
    figures.push({ table: name, rows: row?.rows ?? 0n, digest: row?.digest ?? '' });
  }
  return figures;
}

/** The tables that are not the same in both, by name. */
export function differences(a: readonly TableFigures[], b: readonly TableFigures[]): string[] {
  const text = ({ rows, digest }: TableFigures) => `${rows} ${digest}`;
  const right = new Map(b.map((one) => [one.table, text(one)]));
  const left = new Map(a.map((one) => [one.table, text(one)]));
  return [...new Set([...left.keys(), ...right.keys()])].filter(
    (table) => left.get(table) !== right.get(table),
  );
}

export const countRows = (figures: readonly TableFigures[]): bigint =>
  figures.reduce((sum, { rows }) => sum + rows, 0n);
