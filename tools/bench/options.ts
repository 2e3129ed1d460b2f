import path from 'node:path';
import { parseOptions } from '../parse-options';
import { PART_GROUPS, type PartGroup } from './parts/part';
import { ASKED_FOR, SUBJECT_NAMES, type SubjectName } from './subjects/subject';

export interface BenchOptions {
  /** Empty where only parts were asked for. */
  readonly subjects: readonly SubjectName[];
  readonly parts: readonly PartGroup[];
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUp: WarmUp;
  /** The quick run leaves out what only the full one has time for. */
  readonly isQuick: boolean;
  /** Where the processor's time goes, instead of how much of it. */
  readonly isProfile: boolean;
  /** The Node that the subjects run on. */
  readonly node: string;
  readonly jsonFile: string | null;
  readonly svgFile: string | null;
}

/** In slices, until two in a row cost the same; at most so many. */
export interface WarmUp {
  readonly sliceMs: number;
  readonly slicesMax: number;
}

const FULL = { rounds: 5, roundMs: 3_000, warmUp: { sliceMs: 2_000, slicesMax: 8 } } as const;
/** Ends within three minutes. */
const QUICK = { rounds: 3, roundMs: 900, warmUp: { sliceMs: 800, slicesMax: 4 } } as const;

const USUAL = SUBJECT_NAMES.filter((name) => !ASKED_FOR.includes(name));

/**
 * Reads --quick, --only, --stores, --rounds, --profile, --node, --json and --svg. Throws a sentence
 * for anything else.
 */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseOptions({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      stores: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      profile: { type: 'boolean', default: false },
      node: { type: 'string' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const defaults = values.quick ? QUICK : FULL;
  const only = values.stores ? 'stores' : (values.only ?? (values.profile ? 'ours' : undefined));
  return {
    ...defaults,
    ...(only === undefined ? { subjects: USUAL, parts: PART_GROUPS } : readNames(only)),
    rounds: values.rounds === undefined ? defaults.rounds : readRounds(values.rounds),
    isQuick: values.quick,
    isProfile: values.profile,
    node: values.node === undefined ? process.execPath : path.resolve(values.node),
    jsonFile: values.json ?? null,
    svgFile: values.svg ?? null,
  };
}

function readRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new Error(`--rounds must be a whole number above 0; it is "${text}".`);
}

/** Direct is always among the subjects: what a proxy adds is measured against it. */
function readNames(text: string): Pick<BenchOptions, 'subjects' | 'parts'> {
  const wanted = new Set(text.split(','));
  const parts = PART_GROUPS.filter((name) => wanted.delete(name));
  if (wanted.size === 0) return { subjects: [], parts };
  wanted.add('direct');
  const subjects = SUBJECT_NAMES.filter((name) => wanted.delete(name));
  if (wanted.size === 0) return { subjects, parts };
  const names = [...SUBJECT_NAMES, ...PART_GROUPS].join(', ');
  throw new Error(`--only takes ${names}; it is "${text}".`);
}
