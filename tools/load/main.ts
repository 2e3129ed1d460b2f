// npm run load, inside: many users for minutes, and then what the gateway's own time was.
import { writeFileSync } from 'node:fs';
import { percentilesOf } from '../bench/figures/statistics';
import { optionsOrExit } from '../parse-options';
import { surplusOf, wrongCharges } from './charges';
import { MachineWatch, machineLines } from './machine';
import { type LoadOptions, readOptions } from './options';
import { type Scraping, startPrometheus } from './prometheus';
import { type Stack, startStack } from './stack';
import { ms, timeLines, timesOf } from './times';
import { runUsers, type Seen } from './users';
import { exitCodeOf } from './verdict';

const WRONG_SHOWN_MAX = 20;
const TELL_EVERY_MS = 5_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Target {
  readonly origin: string;
  readonly keys: readonly string[];
}

async function run(
  target: Target,
  options: LoadOptions,
  stack: Stack | null,
  scraping: Scraping | null,
): Promise<number> {
  // What a process loads once, its vocabulary above all, is not what a request takes.
  const first = await runUsers(
    target.origin,
    target.keys,
    { ...options, users: 2, forMs: 1_000 },
    () => {},
  );
  const before = await readMetrics(target.origin, options);
  const begunMs = Date.now();
  const machine = new MachineWatch(stack?.pid() ?? null);
  let latest: Seen | null = null;
  const timer = setInterval(() => {
    if (latest !== null) say(progressLine(latest, Date.now() - begunMs, options.forMs));
  }, TELL_EVERY_MS);
  const seen = await runUsers(target.origin, target.keys, options, (now) => {
    latest = now;
  });
  clearInterval(timer);
  const use = machine.end();
  const after = await readMetrics(target.origin, options);
  await scraping?.draw(Date.now() - begunMs);
  const times = timesOf(seen.tookMs, before, after);
  for (const line of timeLines(seen.answers.length, times, Date.now() - begunMs)) say(line);
  for (const line of machineLines(use)) say(line);
  const faults = await wrongCharges(target.origin, seen.answers);
  if (stack !== null) faults.push(...(await bookFaults(stack, [first, seen])));
  if (options.jsonFile !== null) {
    const figures = {
      ...options,
      target: undefined,
      metricsToken: undefined,
      pictureFile: undefined,
    };
    const errors = Object.fromEntries(seen.errors);
    const all = { ...figures, answers: seen.answers.length, errors, times, machine: use, faults };
    writeFileSync(options.jsonFile, `${JSON.stringify(all, null, 2)}\n`);
  }
  return conclude(seen, times.own.p99, faults);
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

async function bookFaults({ admin, sql }: Stack, rounds: readonly Seen[]): Promise<string[]> {
  const { invariants } = await admin.audit();
  const faults = invariants
    .filter(({ ok }) => !ok)
    .map(({ name }) => `The audit: ${name} does not hold.`);
  const [row] = await sql<{ charges: number }[]>`
    select count(*)::int as charges from billing_transaction
    where kind = 'charge' and status = 'COMMITTED'`;
  const surplus = surplusOf(rounds, row?.charges ?? 0);
  return surplus === null ? faults : [...faults, surplus];
}

function conclude({ answers, errors }: Seen, p99Ms: number, faults: readonly string[]): number {
  for (const [what, count] of errors) say(`${count} × ${what}`);
  for (const fault of faults.slice(0, WRONG_SHOWN_MAX)) say(`WRONG ${fault}`);
  say(`${answers.length} charges looked up, ${faults.length} faults`);
  if (answers.length === 0) say('Nothing was answered.');
  return exitCodeOf({ answers: answers.length, faults: faults.length, p99Ms });
}

function targetOf({ target }: LoadOptions, stack: Stack | null): Target {
  if (target !== null) return { origin: target.origin, keys: [target.apiKey] };
  if (stack === null) throw new Error('There is nothing to load.');
  return { origin: stack.origin, keys: stack.tenants.map(({ apiKey }) => apiKey) };
}

const options = optionsOrExit(readOptions);
const stack = options.target === null ? await startStack() : null;
const stop = () => void (stack?.close() ?? Promise.resolve()).finally(() => process.exit(130));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
let scraping: Scraping | null = null;
try {
  const target = targetOf(options, stack);
  if (options.pictureFile !== null) {
    scraping = await startPrometheus(target.origin, options.metricsToken, options.pictureFile);
  }
  process.exitCode = await run(target, options, stack, scraping);
} finally {
  await scraping?.close();
  await stack?.close();
}
