import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly seed: number;
  /** Bursts of load and faults; each is followed by a quiet time and an audit. */
  readonly bursts: number;
  readonly burstMs: number;
  /** Requests begun a second. */
  readonly rate: number;
}

const BURST_MS = 120_000;
const QUICK_BURST_MS = 45_000;
const RATE = 60;

/** Reads --minutes, --seed, --rate and --quick. Throws a sentence for anything else. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rate: { type: 'string', default: String(RATE) },
      quick: { type: 'boolean', default: false },
    },
  });
  const minutes = positive('--minutes', values.minutes);
  return {
    seed: positive('--seed', values.seed),
    rate: positive('--rate', values.rate),
    bursts: values.quick ? 1 : Math.max(1, Math.round((minutes * 60_000) / (BURST_MS + 60_000))),
    burstMs: values.quick ? QUICK_BURST_MS : BURST_MS,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${name} must be a number above 0; it is "${text}".`);
}
