import { parseOptions } from '../parse-options';

export interface ChaosOptions {
  readonly seed: number;
  /** Bursts begin until so much time is over. */
  readonly totalMs: number;
  readonly burstMs: number;
  /** Requests begun a second, as far as the machine bears it. */
  readonly rate: number;
  /** Where the raw figures go. */
  readonly jsonFile: string | null;
  /** How long a request may take while Redis is dead, milliseconds. */
  readonly answerMsMax: number;
}

const BURST_MS = 120_000;
const RATE = 200;
/** In all two minutes: a burst, and the quiet time that leases need. */
const QUICK = { burstMs: 40_000, totalMs: 1, rate: 30 } as const;
const SEED_MAX = 1_000_000;

/** Reads --minutes, --seed, --rate, --quick and --json. Throws a sentence for anything else. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseOptions({
    args: [...args],
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string', default: String(1 + (Date.now() % SEED_MAX)) },
      rate: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  const minutes = positive('--minutes', values.minutes ?? '10');
  const defaults = values.quick
    ? QUICK
    : { burstMs: BURST_MS, totalMs: minutes * 60_000, rate: RATE };
  return {
    seed: whole('--seed', values.seed),
    rate: positive('--rate', values.rate ?? String(defaults.rate)),
    totalMs: defaults.totalMs,
    burstMs: defaults.burstMs,
    jsonFile: values.json ?? null,
    answerMsMax: values.quick ? 10_000 : 5_000,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${name} must be a number above 0; it is "${text}".`);
}

function whole(name: string, text: string): number {
  const value = positive(name, text);
  if (Number.isSafeInteger(value)) return value;
  throw new Error(`${name} must be a whole number; it is "${text}".`);
}
