import { costOf } from './figures/process-cost';
import type { Results, Round } from './figures/results';
import type { LoadProcess } from './load/load-process';
import type { BenchOptions } from './options';
import { requestText, type Scenario } from './scenarios';
import type { Subject } from './subjects/subject';

/** What a round is made with. */
export interface RoundMaker {
  readonly load: LoadProcess;
  readonly options: BenchOptions;
}

export interface Measuring extends RoundMaker {
  readonly subjects: readonly Subject[];
  readonly results: Results;
  /** Told before each round. */
  readonly say: (line: string) => void;
}

/** Warms every subject up, then measures A B C A B C …, so that a drift of the machine hits all. */
export async function measure(scenario: Scenario, measuring: Measuring): Promise<void> {
  const { subjects, options, results, say } = measuring;
  say(scenario.title);
  for (const subject of subjects) await warmUp(scenario, subject, measuring);
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`  round ${round} of ${options.rounds}`);
    for (const subject of subjects) {
      const figures = await runRound(scenario, subject, options.roundMs, measuring);
      results.add(scenario.name, subject.name, figures);
    }
  }
}

/**
 * Until what a request costs is what it cost a moment before: what V8 has not compiled yet, a process
 * that runs for hours does not pay. Whose cost is nobody's has had its slice.
 */
export async function warmUp(
  scenario: Scenario,
  subject: Subject,
  measuring: RoundMaker,
): Promise<void> {
  const { sliceMs, slicesMax } = measuring.options.warmUp;
  let before: number | null = null;
  for (let slice = 1; slice <= slicesMax; slice += 1) {
    const { load, cost } = await runRound(scenario, subject, sliceMs, measuring);
    const cpuUsEach = cost.cpuUs / Math.max(load.requests, 1);
    if (before !== null && hasSettled(before, cpuUsEach)) return;
    before = cpuUsEach;
  }
}

/** A difference of less than a twentieth. */
export const hasSettled = (before: number, now: number): boolean =>
  Math.abs(now - before) <= before * 0.05;

export async function runRound(
  scenario: Scenario,
  subject: Subject,
  forMs: number,
  { load }: RoundMaker,
): Promise<Round> {
  const pids = subject.pid === null ? [] : [subject.pid];
  const before = costOf(pids);
  const { connections } = scenario;
  const request = requestText(scenario, subject);
  const seen = await load.run({ port: subject.port, request, connections, forMs });
  const after = costOf(pids);
  const cost = { cpuUs: after.cpuUs - before.cpuUs, rssBytes: after.rssBytes };
  return { load: seen, cost };
}
