import { parseOptions } from '../parse-options';

export interface LoadOptions {
  readonly users: number;
  readonly forMs: number;
  readonly thinkMs: number;
  readonly model: string;
  /** A running instance, with a key of it; null: a throwaway stack of our own. */
  readonly target: { readonly origin: string; readonly apiKey: string } | null;
  /** Opens the metrics of a running instance, where they are closed. */
  readonly metricsToken: string | null;
  /** Where the raw figures go. */
  readonly jsonFile: string | null;
  /** Where the picture goes of how a real Prometheus saw the run; null: there is none. */
  readonly pictureFile: string | null;
}

/**
 * Reads --users, --minutes, --think-ms, --model, --url, --key, --metrics-token, --json and
 * --prometheus, or throws a sentence.
 */
export function readOptions(args: readonly string[]): LoadOptions {
  const { values } = parseOptions({
    args: [...args],
    options: {
      users: { type: 'string', default: '100' },
      minutes: { type: 'string', default: '5' },
      'think-ms': { type: 'string', default: '1000' },
      model: { type: 'string', default: 'sim-standard' },
      url: { type: 'string' },
      key: { type: 'string' },
      'metrics-token': { type: 'string' },
      json: { type: 'string' },
      prometheus: { type: 'string' },
    },
  });
  const { url, key } = values;
  if ((url === undefined) !== (key === undefined)) throw new Error('--url and --key go together.');
  return {
    users: Math.ceil(positive('--users', values.users)),
    forMs: positive('--minutes', values.minutes) * 60_000,
    thinkMs: positive('--think-ms', values['think-ms']),
    model: values.model,
    target: url === undefined || key === undefined ? null : { origin: originOf(url), apiKey: key },
    metricsToken: values['metrics-token'] ?? null,
    jsonFile: values.json ?? null,
    pictureFile: values.prometheus ?? null,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`${name} must be a number above 0; it is "${text}".`);
}

function originOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).origin;
  throw new Error(`--url must be like http://127.0.0.1:3000; it is "${url}".`);
}
