// npm run load, inside: many users for minutes, and then what the gateway's own time was.
import { percentilesOf } from '../bench/figures/statistics';
import { wrongCharges } from './charges';
import { type Bucket, quantileOf, readBuckets, since } from './histogram';
import { type LoadOptions, readOptions } from './options';
import { type Stack, startStack } from './stack';
import { runUsers, type Seen } from './users';

const P99_MS_MAX = 100;
const WRONG_SHOWN_MAX = 20;
const TELL_EVERY_MS = 5_000;
const OWN_TIME = ['quota_check_duration_ms', 'billing_duration_ms'] as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Target {
  readonly origin: string;
  readonly keys: readonly string[];
}

async function run(target: Target, options: LoadOptions, stack: Stack | null): Promise<number> {
  // What a process loads once, its vocabulary above all, is not what a request takes.
  await runUsers(target.origin, target.keys, { ...options, users: 2, forMs: 1_000 }, () => {});
  const before = await readMetrics(target.origin, options);
  const begunMs = Date.now();
  let latest: Seen | null = null;
  const timer = setInterval(() => {
    if (latest !== null) say(progressLine(latest, Date.now() - begunMs, options.forMs));
  }, TELL_EVERY_MS);
  const seen = await runUsers(target.origin, target.keys, options, (now) => {
    latest = now;
  });
  clearInterval(timer);
  const after = await readMetrics(target.origin, options);
  const own = OWN_TIME.map((name) => since(readBuckets(before, name), readBuckets(after, name)));
  const p99Ms = reportTimes(seen, own, Date.now() - begunMs);
  const faults = await wrongCharges(target.origin, seen.answers);
  if (stack !== null) faults.push(...(await bookFaults(stack)));
  return conclude(seen, p99Ms, faults);
}

function progressLine({ answers, errors, tookMs }: Seen, sinceMs: number, forMs: number): string {
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  const time = `${Math.round(sinceMs / 1_000)} of ${Math.round(forMs / 1_000)} s`;
  return `${time}: ${answers.length} answers, p99 ${ms(percentilesOf(tookMs).p99)}, ${failed} errors`;
}

/** Throws where the metrics are closed, since nothing could be judged without them. */
async function readMetrics(origin: string, { metricsToken }: LoadOptions): Promise<string> {
  const headers = metricsToken === null ? {} : { authorization: `Bearer ${metricsToken}` };
  const reply = await fetch(`${origin}/api/metrics`, { headers });
  const text = await reply.text();
  if (reply.ok) return text;
  throw new Error(`The metrics answered ${reply.status}; give --metrics-token.`);
}

/** The sum of both p99s: an upper bound, since one request seldom meets the worst of both. */
function reportTimes(seen: Seen, own: readonly (readonly Bucket[])[], tookMs: number): number {
  say(
    `${seen.answers.length} answers, ${((seen.answers.length / tookMs) * 1_000).toFixed(1)} a second`,
  );
  const whole = percentilesOf(seen.tookMs);
  say(`whole request:  p50 ${ms(whole.p50)}  p95 ${ms(whole.p95)}  p99 ${ms(whole.p99)}`);
  OWN_TIME.forEach((name, index) => {
    const times = [0.5, 0.95, 0.99].map((share) => ms(quantileOf(own[index] ?? [], share)));
    say(`${name}:  p50 ${times[0]}  p95 ${times[1]}  p99 ${times[2]}`);
  });
  const p99Ms = own.reduce((sum, buckets) => sum + quantileOf(buckets, 0.99), 0);
  say(`the gateway's own time, p99 at most ${ms(p99Ms)} (must be below ${P99_MS_MAX} ms)`);
  return p99Ms;
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

async function bookFaults({ admin }: Stack): Promise<string[]> {
  const { invariants } = await admin.audit();
  return invariants.filter(({ ok }) => !ok).map(({ name }) => `The audit: ${name} does not hold.`);
}

function conclude({ answers, errors }: Seen, p99Ms: number, faults: readonly string[]): number {
  for (const [what, count] of errors) say(`${count} × ${what}`);
  for (const fault of faults.slice(0, WRONG_SHOWN_MAX)) say(`WRONG ${fault}`);
  say(`${answers.length} charges looked up, ${faults.length} faults`);
  if (answers.length === 0) say('Nothing was answered.');
  return faults.length > 0 || !(p99Ms < P99_MS_MAX) || answers.length === 0 ? 1 : 0;
}

const options = readOptions(process.argv.slice(2));
const stack = options.target === null ? await startStack() : null;
const stop = () => void (stack?.close() ?? Promise.resolve()).finally(() => process.exit(130));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
try {
  const { target } = options;
  const running = target === null ? stack : { origin: target.origin, keys: [target.apiKey] };
  if (running === null) throw new Error('There is nothing to load.');
  process.exitCode = await run(running, options, stack);
} finally {
  await stack?.close();
}
