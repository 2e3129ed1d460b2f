import { parseOptions } from '../parse-options';

export interface PagesOptions {
  /** A database that `npm run seed` has filled. */
  readonly databaseUrl: string;
  readonly rounds: number;
  /** Whether a CSV of every transaction is fetched to its end as well. */
  readonly isExported: boolean;
}

/** Reads the database, --rounds and --export, or throws a sentence. */
export function readOptions(args: readonly string[]): PagesOptions {
  const { values, positionals } = parseOptions({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '20' },
      export: { type: 'boolean', default: false },
    },
  });
  const [databaseUrl] = positionals;
  if (databaseUrl === undefined) throw new Error('Name the database that npm run seed has filled.');
  const rounds = Number(values.rounds);
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new Error('--rounds is a whole number above 0.');
  }
  return { databaseUrl, rounds, isExported: values.export };
}
