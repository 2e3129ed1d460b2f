import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchOptions } from '../options';
import { runRound, warmUp } from '../rounds';
import { SCENARIOS, type Scenario } from '../scenarios';
import type { Subject } from '../subjects/subject';
import { BENCH_DIR, ROOT, type World } from '../world';
import { type ProfileSum, type Share, sumProfile } from './cpu-profile';
import { profileWhile } from './inspector';
import { sourcePlaces } from './source-places';

/** A sample a millisecond: so many that a hundredth is more than chance. */
const SAMPLED_MS = 6_000;
const FUNCTIONS_SHOWN = 30;
const GROUPS_SHOWN = 15;

/**
 * One measured round of each subject under both floods, sampled: the profiles as files that Chrome
 * and VS Code open, and where the time went as text.
 */
export async function profile(
  { subjects, load }: World,
  options: BenchOptions,
  say: (line: string) => void,
): Promise<void> {
  const scenarios = SCENARIOS.filter(({ name }) => name === 'plain' || name === 'sse');
  const folder = path.join(BENCH_DIR, 'profiles');
  mkdirSync(folder, { recursive: true });
  const placeOf = sourcePlaces(ROOT);
  for (const scenario of scenarios) {
    for (const subject of subjects) {
      const { inspectorPort } = subject;
      if (inspectorPort === null) continue;
      await warmUp(scenario, subject, { load, options });
      const taken = await profileWhile(inspectorPort, () =>
        runRound(scenario, subject, SAMPLED_MS, { load, options }),
      );
      const file = path.join(folder, `${subject.name}-${scenario.name}.cpuprofile`);
      writeFileSync(file, JSON.stringify(taken));
      say(titleOf(scenario, subject, file));
      for (const line of profileLines(sumProfile(taken, placeOf))) say(line);
    }
  }
}

const titleOf = ({ title }: Scenario, { name }: Subject, file: string): string =>
  `\n${name}: ${title}\n${path.relative(ROOT, file)}`;

/** Functions, then groups, by their own time. */
export function profileLines({ busyShare, functions, groups }: ProfileSum): string[] {
  const line = ({ name, share }: Share) => `${percent(share)}  ${name}`;
  return [
    `busy ${percent(busyShare)} of the round; self time of what ran:`,
    ...functions.slice(0, FUNCTIONS_SHOWN).map(line),
    'by folder and package:',
    ...groups.slice(0, GROUPS_SHOWN).map(line),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1).padStart(5)} %`;
