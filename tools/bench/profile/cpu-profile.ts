import { type CallFrame, type Place, type PlaceSums, sumByPlace, type Weighed } from './place-sums';

/** As V8 writes it, with only what is read here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** The node on top of the stack at each sample. */
  readonly samples: readonly number[];
  /** µs before each sample. */
  readonly timeDeltas: readonly number[];
}

export interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
}

export interface ProfileSum extends PlaceSums {
  /** Share of the round in which anything ran. */
  readonly busyShare: number;
}

const IDLE = '(idle)';

/** Adds self times up by function and by file's group, the greatest first; shares of what ran. */
export function sumProfile(profile: CpuProfile, placeOf: (frame: CallFrame) => Place): ProfileSum {
  const selfUs = new Map<number, number>();
  profile.samples.forEach((id, at) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  const busy: Weighed[] = [];
  let allUs = 0;
  let busyUs = 0;
  for (const { id, callFrame } of profile.nodes) {
    const weight = selfUs.get(id) ?? 0;
    allUs += weight;
    if (callFrame.functionName === IDLE) continue;
    busyUs += weight;
    busy.push({ callFrame, weight });
  }
  return { busyShare: busyUs / Math.max(allUs, 1), ...sumByPlace(busy, placeOf) };
}
