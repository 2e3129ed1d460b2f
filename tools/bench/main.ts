// npm run bench, inside: the launcher (scripts/bench.mjs) has built, brought the stores up and put
// this process beside the proxies' core.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { Results } from './figures/results';
import { type TargetRow, targetRows } from './figures/targets';
import { type BenchOptions, readOptions } from './options';
import { drawSvg } from './report/svg';
import { missingLines, scenarioTable, targetTable } from './report/table';
import { measure } from './rounds';
import { SCENARIOS, type Scenario } from './scenarios';
import { startWorld, type World } from './world';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(world: World, options: BenchOptions): Promise<void> {
  const { subjects, load } = world;
  const results = new Results();
  const scenarios = SCENARIOS.filter(({ isForFullOnly }) => !options.isQuick || !isForFullOnly);
  for (const scenario of scenarios) {
    await measure(scenario, { subjects, load, options, results, say });
  }
  const rows = targetRows(results, os.availableParallelism());
  report(world, scenarios, results, rows);
  if (options.jsonFile !== null) {
    const text = JSON.stringify(rawFigures(world, scenarios, results, rows, options), null, 2);
    writeFileSync(options.jsonFile, `${text}\n`);
  }
  if (options.svgFile !== null) writeFileSync(options.svgFile, drawSvg(results));
}

function report(
  { subjects, missing }: World,
  scenarios: readonly Scenario[],
  results: Results,
  rows: readonly TargetRow[],
): void {
  const names = subjects.map(({ name }) => name);
  for (const scenario of scenarios) {
    say(`\n${scenario.title}`);
    for (const line of scenarioTable(scenario, names, results)) say(line);
  }
  say('');
  for (const line of missingLines(missing)) say(line);
  for (const line of targetTable(rows)) say(line);
}

function rawFigures(
  { subjects, missing }: World,
  scenarios: readonly Scenario[],
  results: Results,
  targets: readonly TargetRow[],
  { rounds, roundMs }: BenchOptions,
): object {
  const machine = {
    node: process.version,
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model ?? null,
    pinnedTo: process.env.BENCH_PROXY_CORES ?? null,
  };
  const figures = scenarios.map(({ name, title }) => ({
    scenario: name,
    title,
    subjects: Object.fromEntries(subjects.map((each) => [each.name, results.of(name, each.name)])),
  }));
  return { takenAt: new Date().toISOString(), machine, rounds, roundMs, targets, missing, figures };
}

const options = readOptions(process.argv.slice(2));
const world = await startWorld(options.subjects);
const stop = () => void world.close().finally(() => process.exit(130));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
try {
  await run(world, options);
} finally {
  await world.close();
}
