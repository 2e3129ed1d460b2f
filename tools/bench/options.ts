import { parseArgs } from 'node:util';
import { SUBJECT_NAMES, type SubjectName } from './subjects/subject';

export interface BenchOptions {
  readonly subjects: readonly SubjectName[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
  /** The quick run leaves out what only the full one has time for. */
  readonly isQuick: boolean;
  readonly jsonFile: string | null;
  readonly svgFile: string | null;
}

const FULL = { rounds: 5, roundMs: 3_000, warmUpMs: 3_000 } as const;
/** Ends within three minutes. */
const QUICK = { rounds: 3, roundMs: 900, warmUpMs: 1_200 } as const;

/** Reads --quick, --only, --rounds, --json and --svg. Throws a sentence for anything else. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const defaults = values.quick ? QUICK : FULL;
  return {
    ...defaults,
    rounds: values.rounds === undefined ? defaults.rounds : readRounds(values.rounds),
    subjects: values.only === undefined ? SUBJECT_NAMES : readNames(values.only),
    isQuick: values.quick,
    jsonFile: values.json ?? null,
    svgFile: values.svg ?? null,
  };
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--rounds must be a whole number above 0; it is "${text}".`);
}

/** Direct is always among them: what a proxy adds is measured against it. */
function readNames(text: string): SubjectName[] {
  const wanted = new Set(['direct', ...text.split(',')]);
  const known = SUBJECT_NAMES.filter((name) => wanted.delete(name));
  if (wanted.size === 0) return known;
  const names = SUBJECT_NAMES.join(', ');
  throw new Error(`--only takes ${names}; it is "${text}".`);
}
