import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchOptions } from '../options';
import { type RoundMaker, runRound, warmUp } from '../rounds';
import { SCENARIOS, type Scenario } from '../scenarios';
import type { Subject } from '../subjects/subject';
import { BENCH_DIR, ROOT, type World } from '../world';
import { type ProfileSum, sumProfile } from './cpu-profile';
import { type HeapSum, sumHeap } from './heap-profile';
import { allocationsWhile, profileWhile } from './inspector';
import type { CallFrame, Place, PlaceSums } from './place-sums';
import { sourcePlaces } from './source-places';

/** A sample a millisecond: so many that a hundredth is more than chance. */
const SAMPLED_MS = 6_000;
const FUNCTIONS_SHOWN = 30;
const GROUPS_SHOWN = 15;

/**
 * Two rounds of each subject under both floods, one sampled by time and one by what is allocated: the
 * profiles as files that Chrome and VS Code open, and where time and memory went as text.
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
      if (subject.inspectorPort === null) continue;
      await warmUp(scenario, subject, { load, options });
      say(`\n${subject.name}: ${scenario.title}`);
      const sampled = { scenario, subject, maker: { load, options }, placeOf };
      const rounds = [await timeOf(sampled), await memoryOf(sampled)];
      for (const { taken, kind, lines } of rounds) {
        const file = path.join(folder, `${subject.name}-${scenario.name}.${kind}`);
        writeFileSync(file, JSON.stringify(taken));
        for (const line of [path.relative(ROOT, file), ...lines]) say(line);
      }
    }
  }
}

interface Sampled {
  readonly scenario: Scenario;
  readonly subject: Subject;
  readonly maker: RoundMaker;
  readonly placeOf: (frame: CallFrame) => Place;
}

interface SampledRound {
  readonly taken: object;
  /** How the file of such a profile ends. */
  readonly kind: string;
  readonly lines: readonly string[];
}

async function timeOf({ scenario, subject, maker, placeOf }: Sampled): Promise<SampledRound> {
  const taken = await profileWhile(portOf(subject), () =>
    runRound(scenario, subject, SAMPLED_MS, maker),
  );
  return { taken, kind: 'cpuprofile', lines: profileLines(sumProfile(taken, placeOf)) };
}

async function memoryOf({ scenario, subject, maker, placeOf }: Sampled): Promise<SampledRound> {
  let requests = 0;
  const taken = await allocationsWhile(portOf(subject), async () => {
    const { load } = await runRound(scenario, subject, SAMPLED_MS, maker);
    requests = load.requests;
  });
  return { taken, kind: 'heapprofile', lines: heapLines(sumHeap(taken, placeOf), requests) };
}

function portOf({ name, inspectorPort }: Subject): number {
  if (inspectorPort === null) throw new Error(`${name} has no inspector.`);
  return inspectorPort;
}

/** Functions, then groups, by their own time. */
export function profileLines({ busyShare, ...sums }: ProfileSum): string[] {
  return [`busy ${percent(busyShare)} of the round; self time of what ran:`, ...shareLines(sums)];
}

/** Functions, then groups, by the bytes that they allocated themselves. */
export function heapLines({ bytes, ...sums }: HeapSum, requests: number): string[] {
  const kilobytesEach = (bytes / 1_000 / Math.max(requests, 1)).toFixed(1);
  return [`allocated ${kilobytesEach} kB a request; by whom:`, ...shareLines(sums)];
}

function shareLines({ functions, groups }: PlaceSums): string[] {
  const line = ({ name, share }: { name: string; share: number }) => `${percent(share)}  ${name}`;
  return [
    ...functions.slice(0, FUNCTIONS_SHOWN).map(line),
    'by folder and package:',
    ...groups.slice(0, GROUPS_SHOWN).map(line),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1).padStart(5)} %`;
