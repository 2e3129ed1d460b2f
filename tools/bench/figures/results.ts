import type { JobResult } from '../load/job';
import type { ScenarioName } from '../scenarios';
import type { SubjectName } from '../subjects/subject';
import type { ProcessCost } from './process-cost';
import { type Spread, spreadOf } from './statistics';

/** One round: what the load saw, and what the subject's processes spent on it. */
export interface Round {
  readonly load: JobResult;
  readonly cost: ProcessCost;
}

/** A subject under one kind of load, over all rounds. Times are milliseconds. */
export interface Figures {
  readonly requestsPerSecond: Spread;
  readonly eventsPerSecond: Spread;
  readonly cpuUsPerRequest: Spread;
  /** Null where no answer was a stream. */
  readonly cpuUsPerEvent: Spread | null;
  readonly latencyP50: Spread;
  readonly latencyP95: Spread;
  readonly latencyP99: Spread;
  readonly ttftP50: Spread;
  readonly ttftP95: Spread;
  readonly ttftP99: Spread;
  readonly rssBytes: Spread;
  readonly failures: number;
  readonly firstFailure: string | null;
}

/** Throws for no rounds. */
export function figuresOf(rounds: readonly Round[]): Figures {
  const over = (of: (round: Round) => number) => spreadOf(rounds.map(of));
  const perSecond = (count: number, { load }: Round) => (count / load.tookMs) * 1_000;
  const hasEvents = rounds.every(({ load }) => load.events > 0);
  return {
    requestsPerSecond: over((round) => perSecond(round.load.requests, round)),
    eventsPerSecond: over((round) => perSecond(round.load.events, round)),
    cpuUsPerRequest: over(({ load, cost }) => cost.cpuUs / Math.max(load.requests, 1)),
    cpuUsPerEvent: hasEvents ? over(({ load, cost }) => cost.cpuUs / load.events) : null,
    latencyP50: over(({ load }) => load.latencyMs.p50),
    latencyP95: over(({ load }) => load.latencyMs.p95),
    latencyP99: over(({ load }) => load.latencyMs.p99),
    ttftP50: over(({ load }) => load.ttftMs.p50),
    ttftP95: over(({ load }) => load.ttftMs.p95),
    ttftP99: over(({ load }) => load.ttftMs.p99),
    rssBytes: over(({ cost }) => cost.rssBytes),
    failures: rounds.reduce((sum, { load }) => sum + load.failures, 0),
    firstFailure: rounds.find(({ load }) => load.firstFailure !== null)?.load.firstFailure ?? null,
  };
}

/** Figures by scenario and subject. */
export class Results {
  private readonly rounds = new Map<string, Round[]>();

  add(scenario: ScenarioName, subject: SubjectName, round: Round): void {
    const name = `${scenario}/${subject}`;
    this.rounds.set(name, [...(this.rounds.get(name) ?? []), round]);
  }

  /** Null where this was not measured. */
  of(scenario: ScenarioName, subject: SubjectName): Figures | null {
    const rounds = this.rounds.get(`${scenario}/${subject}`);
    return rounds === undefined ? null : figuresOf(rounds);
  }
}
