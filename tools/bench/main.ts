// npm run bench, inside: the launcher (scripts/bench.mjs) has built, brought the stores up and put
// this process beside the proxies' core.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { optionsOrExit } from '../parse-options';
import type { TargetRow } from './figures/bound';
import type { PartResults } from './figures/part-results';
import { partTargetRows } from './figures/part-targets';
import { Results } from './figures/results';
import { targetRows } from './figures/targets';
import { type BenchOptions, readOptions } from './options';
import { measureParts } from './parts/measure';
import { PARTS } from './parts/part';
import { profile } from './profile/profile';
import { drawSvg } from './report/svg';
import { missingLines, partTable, scenarioTable, targetTable } from './report/table';
import { measure } from './rounds';
import { SCENARIOS, type Scenario } from './scenarios';
import type { Missing, SubjectName } from './subjects/subject';
import { BENCH_DIR, startWorld, type World } from './world';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** All that was measured. */
interface Measured {
  readonly scenarios: readonly Scenario[];
  readonly names: readonly SubjectName[];
  readonly missing: readonly Missing[];
  readonly results: Results;
  readonly parts: PartResults;
}

/** Brings the servers up for as long as `work` takes, or until a signal. */
async function withWorld(options: BenchOptions, work: (world: World) => Promise<void>) {
  const world = await startWorld(options);
  const stop = () => void world.close().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    await work(world);
  } finally {
    await world.close();
  }
}

async function measureAll(options: BenchOptions): Promise<Measured> {
  const parts = await measureParts(options, BENCH_DIR, say);
  const results = new Results();
  const none = { scenarios: [], names: [], missing: [], results, parts };
  if (!hasAny(options.subjects)) return none;
  const scenarios = SCENARIOS.filter(({ isForFullOnly }) => !options.isQuick || !isForFullOnly);
  let measured: Measured = none;
  await withWorld(options, async ({ subjects, missing, load }) => {
    for (const scenario of scenarios) {
      await measure(scenario, { subjects, load, options, results, say });
    }
    measured = { ...none, scenarios, missing, names: subjects.map(({ name }) => name) };
  });
  return measured;
}

function report(measured: Measured, rows: readonly TargetRow[], { parts }: BenchOptions): void {
  for (const scenario of measured.scenarios) {
    say(`\n${scenario.title}`);
    for (const line of scenarioTable(scenario, measured.names, measured.results)) say(line);
  }
  for (const group of parts) {
    say(`\n${group}`);
    for (const line of partTable(PARTS[group], measured.parts)) say(line);
  }
  say('');
  for (const line of missingLines(measured.missing)) say(line);
  for (const line of targetTable(rows)) say(line);
}

function rawFigures(measured: Measured, targets: readonly TargetRow[], options: BenchOptions) {
  const { scenarios, names, missing, results, parts } = measured;
  const machine = {
    node: execFileSync(options.node, ['--version'], { encoding: 'utf8' }).trim(),
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model ?? null,
    pinnedTo: process.env.BENCH_PROXY_CORES ?? null,
  };
  const figures = scenarios.map(({ name, title }) => ({
    scenario: name,
    title,
    subjects: Object.fromEntries(names.map((each) => [each, results.of(name, each)])),
  }));
  const { rounds, roundMs } = options;
  const alone = Object.fromEntries(
    options.parts.flatMap((group) => PARTS[group].map((part) => [part, parts.of(part)])),
  );
  const takenAt = new Date().toISOString();
  return { takenAt, machine, rounds, roundMs, targets, missing, parts: alone, figures };
}

const hasAny = (names: readonly string[]): boolean => names.length > 0;

const options = optionsOrExit(readOptions);
if (options.isProfile) {
  await withWorld(options, (world) => profile(world, options, say));
} else {
  const measured = await measureAll(options);
  const rows = [
    ...(hasAny(options.subjects) ? targetRows(measured.results, os.availableParallelism()) : []),
    ...(hasAny(options.parts) ? partTargetRows(measured.parts) : []),
  ];
  report(measured, rows, options);
  if (options.jsonFile !== null) {
    const figures = rawFigures(measured, rows, options);
    writeFileSync(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
  }
  if (options.svgFile !== null)
    writeFileSync(options.svgFile, drawSvg(measured.results, measured.parts));
}
