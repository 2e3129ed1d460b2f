import type { ScenarioName } from '../scenarios';
import type { SubjectName } from '../subjects/subject';
import type { Figures, Results } from './results';

export interface Bound {
  readonly kind: 'most' | 'least';
  readonly value: number;
}

export type Verdict = 'ok' | 'short' | 'reported' | 'not measured';

/** A row of the target table: a ratio of two figures against its bound. */
export interface TargetRow {
  readonly title: string;
  readonly bound: Bound;
  readonly ratio: number | null;
  readonly verdict: Verdict;
}

/** `null`: a figure is missing. `reported`: this machine cannot show it. */
export function judge(ratio: number | null, bound: Bound, isJudged = true): Verdict {
  if (ratio === null || !Number.isFinite(ratio)) return 'not measured';
  if (!isJudged) return 'reported';
  const isMet = bound.kind === 'most' ? ratio <= bound.value : ratio >= bound.value;
  return isMet ? 'ok' : 'short';
}

interface Target {
  readonly title: string;
  readonly scenario: ScenarioName;
  readonly subject: SubjectName;
  readonly against: SubjectName;
  readonly bound: Bound;
  figure(figures: Figures): number | null;
}

const most = (value: number): Bound => ({ kind: 'most', value });
const least = (value: number): Bound => ({ kind: 'least', value });
const cpuPerRequest = ({ cpuUsPerRequest }: Figures) => cpuUsPerRequest.median;
const cpuPerEvent = ({ cpuUsPerEvent }: Figures) => cpuUsPerEvent?.median ?? null;
const requests = ({ requestsPerSecond }: Figures) => requestsPerSecond.median;
const events = ({ eventsPerSecond }: Figures) => eventsPerSecond.median;

const TARGETS: readonly Target[] = [
  {
    title: 'plain, CPU a request: ours / bare',
    ...{ scenario: 'plain', subject: 'ours', against: 'bare', bound: most(2) },
    figure: cpuPerRequest,
  },
  {
    title: 'plain, requests a second: ours / Portkey',
    ...{ scenario: 'plain', subject: 'ours', against: 'portkey', bound: least(5) },
    figure: requests,
  },
  {
    title: 'plain, CPU a request: ours / Portkey',
    ...{ scenario: 'plain', subject: 'ours', against: 'portkey', bound: most(0.2) },
    figure: cpuPerRequest,
  },
  {
    title: 'SSE, CPU an event: ours / bare',
    ...{ scenario: 'sse', subject: 'ours', against: 'bare', bound: most(1.6) },
    figure: cpuPerEvent,
  },
  {
    title: 'SSE, events a second: ours / Portkey',
    ...{ scenario: 'sse', subject: 'ours', against: 'portkey', bound: least(3) },
    figure: events,
  },
  {
    title: 'plain, requests a second: our Next handlers / naive Next proxy',
    ...{ scenario: 'plain', subject: 'next', against: 'next-proxy', bound: least(1.25) },
    figure: requests,
  },
];

/** Every target as a ratio. Two processes are judged on four cores or more, else reported. */
export function targetRows(results: Results, coreCount: number): TargetRow[] {
  return [
    ...TARGETS.map((target) => {
      const ratio = quotient(
        figureOf(results, target, target.subject),
        figureOf(results, target, target.against),
      );
      const { title, bound } = target;
      return { title, bound, ratio, verdict: judge(ratio, bound) };
    }),
    addedTtft(results),
    twoProcesses(results, coreCount),
  ];
}

function figureOf(results: Results, target: Target, subject: SubjectName): number | null {
  const figures = flawless(results, target.scenario, subject);
  return figures === null ? null : target.figure(figures);
}

/** Null where an answer failed: who answers with errors is fast, and says nothing. */
function flawless(results: Results, scenario: ScenarioName, subject: SubjectName): Figures | null {
  const figures = results.of(scenario, subject);
  return figures === null || figures.failures > 0 ? null : figures;
}

/** Null where either is missing or there is nothing to divide by. */
export const quotient = (value: number | null, by: number | null): number | null =>
  value === null || by === null || by === 0 ? null : value / by;

function addedTtft(results: Results): TargetRow {
  const bound = most(1.5);
  const ratio = quotient(addedMs(results, 'ours'), addedMs(results, 'bare'));
  const title = 'one stream, TTFT p50 added to direct: ours / bare';
  return { title, bound, ratio, verdict: judge(ratio, bound) };
}

function addedMs(results: Results, subject: SubjectName): number | null {
  const [own, direct] = [
    flawless(results, 'one-stream', subject),
    flawless(results, 'one-stream', 'direct'),
  ];
  return own === null || direct === null ? null : own.ttftP50.median - direct.ttftP50.median;
}

function twoProcesses(results: Results, coreCount: number): TargetRow {
  const bound = least(1.6);
  const [two, one] = [flawless(results, 'plain', 'ours-2'), flawless(results, 'plain', 'ours')];
  const ratio = quotient(two && requests(two), one && requests(one));
  const title = 'plain, requests a second: two processes / one';
  return { title, bound, ratio, verdict: judge(ratio, bound, coreCount >= 4) };
}
