import type { Database } from '../client';

/** An open transaction. */
export type Tx = Parameters<Parameters<Database['transaction']>[0]>[0];

/** The one row a statement must have returned; its absence is a fault of ours. */
export function theRow<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('A statement returned no row where it always does.');
  return row;
}
