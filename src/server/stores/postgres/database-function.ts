import { createHash } from 'node:crypto';
import type { Sql } from './client';

/** A function in the database that belongs to this build alone. */
export interface DatabaseFunction {
  /** Its name, which says what its text is. */
  readonly name: string;
  readonly definition: string;
}

/**
 * Names a function by its text, so that instances of neighbouring releases over one database each call
 * what they were built with. `text`: all that follows the name in CREATE FUNCTION.
 */
export function databaseFunction(stem: string, text: string): DatabaseFunction {
  const name = `${stem}_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  return { name, definition: `create function ${name} ${text}` };
}

/** Creates those that are not there yet. Runs under the migrations' lock. */
export async function installFunctions(
  sql: Sql,
  functions: readonly DatabaseFunction[],
): Promise<void> {
  for (const { name, definition } of functions) {
    const [found] = await sql`select 1 where to_regproc(${name}) is not null`;
    if (found === undefined) await sql.unsafe(definition);
  }
}
