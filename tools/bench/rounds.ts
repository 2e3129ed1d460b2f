import { costOf } from './figures/process-cost';
import type { Results, Round } from './figures/results';
import type { LoadProcess } from './load/load-process';
import type { BenchOptions } from './options';
import { requestText, type Scenario } from './scenarios';
import type { Subject } from './subjects/subject';

export interface Measuring {
  readonly subjects: readonly Subject[];
  readonly load: LoadProcess;
  readonly options: BenchOptions;
  readonly results: Results;
  /** Told before each round. */
  readonly say: (line: string) => void;
}

/** Warms every subject up, then measures A B C A B C …, so that a drift of the machine hits all. */
export async function measure(scenario: Scenario, measuring: Measuring): Promise<void> {
  const { subjects, options, results, say } = measuring;
  say(scenario.title);
  for (const subject of subjects) await runRound(scenario, subject, options.warmUpMs, measuring);
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`  round ${round} of ${options.rounds}`);
    for (const subject of subjects) {
      const figures = await runRound(scenario, subject, options.roundMs, measuring);
      results.add(scenario.name, subject.name, figures);
    }
  }
}

async function runRound(
  scenario: Scenario,
  subject: Subject,
  forMs: number,
  { load }: Measuring,
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
