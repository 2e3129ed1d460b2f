import type { ScenarioName } from '../scenarios';
import type { SubjectName } from '../subjects/subject';
import { type Bound, least, most, ratioRow, type TargetRow } from './bound';
import type { Figures, Results } from './results';

interface Target {
  readonly title: string;
  readonly scenario: ScenarioName;
  readonly subject: SubjectName;
  readonly against: SubjectName;
  readonly bound: Bound;
  readonly unit: string;
  figure(figures: Figures): number | null;
}

const cpuPerRequest = ({ cpuUsPerRequest }: Figures) => cpuUsPerRequest.median;
const cpuPerEvent = ({ cpuUsPerEvent }: Figures) => cpuUsPerEvent?.median ?? null;
const requests = ({ requestsPerSecond }: Figures) => requestsPerSecond.median;
const events = ({ eventsPerSecond }: Figures) => eventsPerSecond.median;

const TARGETS: readonly Target[] = [
  {
    title: 'plain, CPU a request: ours / bare',
    ...{ scenario: 'plain', subject: 'ours', against: 'bare', bound: most(2) },
    unit: 'µs',
    figure: cpuPerRequest,
  },
  {
    title: 'plain, requests a second: ours / Portkey',
    ...{ scenario: 'plain', subject: 'ours', against: 'portkey', bound: least(5) },
    unit: '/s',
    figure: requests,
  },
  {
    title: 'plain, CPU a request: ours / Portkey',
    ...{ scenario: 'plain', subject: 'ours', against: 'portkey', bound: most(0.2) },
    unit: 'µs',
    figure: cpuPerRequest,
  },
  {
    title: 'SSE, CPU an event: ours / bare',
    ...{ scenario: 'sse', subject: 'ours', against: 'bare', bound: most(1.6) },
    unit: 'µs',
    figure: cpuPerEvent,
  },
  {
    title: 'SSE, events a second: ours / Portkey',
    ...{ scenario: 'sse', subject: 'ours', against: 'portkey', bound: least(3) },
    unit: '/s',
    figure: events,
  },
  {
    title: 'plain, requests a second: our Next handlers / naive Next proxy',
    ...{ scenario: 'plain', subject: 'next', against: 'next-proxy', bound: least(1.25) },
    unit: '/s',
    figure: requests,
  },
  {
    title: 'plain, requests a second: ours / without metrics and log',
    ...{ scenario: 'plain', subject: 'ours', against: 'unobserved', bound: least(0.95) },
    unit: '/s',
    figure: requests,
  },
];

/** Every target of the servers. Two processes are judged on four cores or more, else reported. */
export function targetRows(results: Results, coreCount: number): TargetRow[] {
  return [
    ...TARGETS.map(({ title, bound, unit, ...target }) => {
      const own = figureOf(results, target, target.subject);
      const against = figureOf(results, target, target.against);
      return ratioRow({ title, bound, unit, own, against });
    }),
    ratioRow({
      title: 'one stream, TTFT p50 added to direct: ours / bare',
      ...{ bound: most(1.5), unit: 'ms' },
      ...{ own: addedMs(results, 'ours'), against: addedMs(results, 'bare') },
    }),
    twoProcesses(results, coreCount),
  ];
}

function figureOf(
  results: Results,
  { scenario, figure }: Pick<Target, 'scenario' | 'figure'>,
  subject: SubjectName,
): number | null {
  const figures = flawless(results, scenario, subject);
  return figures === null ? null : figure(figures);
}

/** Null where an answer failed: who answers with errors is fast, and says nothing. */
function flawless(results: Results, scenario: ScenarioName, subject: SubjectName): Figures | null {
  const figures = results.of(scenario, subject);
  return figures === null || figures.failures > 0 ? null : figures;
}

function addedMs(results: Results, subject: SubjectName): number | null {
  const [own, direct] = [
    flawless(results, 'one-stream', subject),
    flawless(results, 'one-stream', 'direct'),
  ];
  return own === null || direct === null ? null : own.ttftP50.median - direct.ttftP50.median;
}

function twoProcesses(results: Results, coreCount: number): TargetRow {
  const [two, one] = [flawless(results, 'plain', 'ours-2'), flawless(results, 'plain', 'ours')];
  return ratioRow({
    title: 'plain, requests a second: two processes / one',
    ...{ bound: least(1.6), unit: '/s', isJudged: coreCount >= 4 },
    ...{ own: two && requests(two), against: one && requests(one) },
  });
}
