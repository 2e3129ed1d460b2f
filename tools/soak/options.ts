import { parseOptions } from '../parse-options';

export interface SoakOptions {
  readonly requests: number;
  /** It ends by then, however many requests that were; milliseconds. */
  readonly forMs: number;
  /** After so many the first reading is taken, which all others are held against. */
  readonly warmUp: number;
  /** Requests between two readings. */
  readonly every: number;
  /** Requests under way at once. */
  readonly users: number;
  readonly tenants: number;
  /** How long each store is away, milliseconds; 0: none ever is. */
  readonly outageMs: number;
  /** A module that the gateway loads first: a fault of a test's own. */
  readonly preload: string | null;
  /** Where the raw figures go. */
  readonly jsonFile: string | null;
  /** Where heap snapshots of the first and the last reading go. */
  readonly snapshotDir: string | null;
}

const READINGS = 20;

/**
 * Reads --requests, --minutes, --warm-up, --every, --users, --tenants, --outage-s, --preload, --json
 * and --snapshots, or throws a sentence.
 */
export function readOptions(args: readonly string[]): SoakOptions {
  const { values } = parseOptions({
    args: [...args],
    options: {
      requests: { type: 'string', default: '1000000' },
      minutes: { type: 'string' },
      'warm-up': { type: 'string', default: '10000' },
      every: { type: 'string' },
      users: { type: 'string', default: '48' },
      tenants: { type: 'string', default: '200' },
      'outage-s': { type: 'string', default: '8' },
      preload: { type: 'string' },
      json: { type: 'string' },
      snapshots: { type: 'string' },
    },
  });
  const requests = whole('--requests', values.requests);
  const warmUp = whole('--warm-up', values['warm-up']);
  if (warmUp >= requests) throw new Error('--warm-up must be less than --requests.');
  const every = values.every ?? String(Math.ceil((requests - warmUp) / READINGS));
  return {
    requests,
    forMs:
      values.minutes === undefined
        ? Number.POSITIVE_INFINITY
        : whole('--minutes', values.minutes) * 60_000,
    warmUp,
    every: whole('--every', every),
    users: whole('--users', values.users),
    tenants: whole('--tenants', values.tenants),
    outageMs: whole('--outage-s', values['outage-s'], 0) * 1_000,
    preload: values.preload ?? null,
    jsonFile: values.json ?? null,
    snapshotDir: values.snapshots ?? null,
  };
}

function whole(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${name} must be a whole number from ${least} on; it is "${text}".`);
}
