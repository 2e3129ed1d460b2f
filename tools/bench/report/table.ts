import type { Bound, TargetRow } from '../figures/bound';
import type { PartResults } from '../figures/part-results';
import type { Figures, Results } from '../figures/results';
import type { Spread } from '../figures/statistics';
import type { PartName } from '../parts/part';
import type { Scenario } from '../scenarios';
import type { Missing, SubjectName } from '../subjects/subject';

type Row = readonly string[];

/** Markdown, padded so that it can be read as it stands. */
export function tableOf(header: Row, rows: readonly Row[]): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: Row) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(header), rule, ...rows.map(line)];
}

/** The targets: each with its bound, what was measured, and whether it holds. */
export const targetTable = (rows: readonly TargetRow[]): string[] =>
  tableOf(
    ['target', 'bound', 'here', 'of', ''],
    rows.map(({ title, bound, value, of, verdict }) => [
      title,
      boundText(bound),
      value === null ? '–' : withUnit(value.toFixed(2), bound),
      of === null ? '' : of.join(' / '),
      verdict,
    ]),
  );

const boundText = (bound: Bound): string =>
  withUnit(`${bound.kind === 'most' ? '≤' : '≥'} ${bound.value}`, bound);

const withUnit = (text: string, { unit }: Bound): string =>
  unit === undefined ? text : `${text} ${unit}`;

/** The raw figures of the parts: median (least–most). */
export function partTable(parts: readonly PartName[], results: PartResults): string[] {
  const rows = parts.flatMap((name) => {
    const figures = results.of(name);
    if (figures === null) return [];
    const { perSecond, cpuUsEach, blockedMs } = figures;
    return [
      [name, spread(perSecond), spread(cpuUsEach, 1), blockedMs === null ? '' : spread(blockedMs)],
    ];
  });
  return tableOf(['part', 'a second', 'CPU µs each', 'longest standstill ms'], rows);
}

/** The raw figures of a scenario: median (least–most). */
export function scenarioTable(
  scenario: Scenario,
  names: readonly SubjectName[],
  results: Results,
): string[] {
  const direct = results.of(scenario.name, 'direct');
  const header = [
    'subject',
    'req/s',
    ...(scenario.isStream ? ['events/s', 'CPU µs/event'] : []),
    'CPU µs/req',
    ...(scenario.isStream ? ['TTFT added p50/p95/p99 ms'] : []),
    'latency added p50/p95/p99 ms',
    'RSS MB',
    'failed',
  ];
  const rows = names.flatMap((name) => {
    const figures = results.of(scenario.name, name);
    if (figures === null) return [];
    return [[name, ...cellsOf(scenario, figures, name === 'direct' ? null : direct)]];
  });
  return tableOf(header, rows);
}

function cellsOf({ isStream }: Scenario, figures: Figures, direct: Figures | null): string[] {
  const added = (of: (figures: Figures) => Spread): string =>
    (of(figures).median - (direct === null ? 0 : of(direct).median)).toFixed(1);
  const latency = [
    added(({ latencyP50 }) => latencyP50),
    added(({ latencyP95 }) => latencyP95),
    added(({ latencyP99 }) => latencyP99),
  ];
  const ttft = [
    added(({ ttftP50 }) => ttftP50),
    added(({ ttftP95 }) => ttftP95),
    added(({ ttftP99 }) => ttftP99),
  ];
  const { cpuUsPerEvent } = figures;
  return [
    spread(figures.requestsPerSecond),
    ...(isStream
      ? [spread(figures.eventsPerSecond), cpuUsPerEvent === null ? '–' : spread(cpuUsPerEvent, 1)]
      : []),
    spread(figures.cpuUsPerRequest),
    ...(isStream ? [ttft.join(' / ')] : []),
    latency.join(' / '),
    spread(inMegabytes(figures.rssBytes)),
    figures.failures === 0 ? '0' : `${figures.failures} (${figures.firstFailure})`,
  ];
}

const inMegabytes = ({ median, min, max }: Spread): Spread => ({
  ...{ median: median / 1e6, min: min / 1e6, max: max / 1e6 },
});

function spread({ median, min, max }: Spread, digits = 0): string {
  const text = (value: number) =>
    value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return `${text(median)} (${text(min)}–${text(max)})`;
}

/** What could not be measured here, and the first line of why. */
export const missingLines = (missing: readonly Missing[]): string[] =>
  missing.map(({ name, missing: why }) => `${name} is missing: ${why.split('\n')[0]}`);
