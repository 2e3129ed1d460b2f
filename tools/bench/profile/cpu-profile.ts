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

/** Lines and columns count from 0; `url` is empty for what V8 itself does. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Where a frame is from: a source file, a package, or V8's own word for it. */
export interface Place {
  readonly name: string;
  readonly file: string;
}

export interface Share {
  readonly name: string;
  /** Of the time that was not idle. */
  readonly share: number;
}

export interface ProfileSum {
  /** Share of the round in which anything ran. */
  readonly busyShare: number;
  readonly functions: readonly Share[];
  readonly groups: readonly Share[];
}

const IDLE = '(idle)';

/** Adds self times up by function and by file's group, the greatest first. */
export function sumProfile(profile: CpuProfile, placeOf: (frame: CallFrame) => Place): ProfileSum {
  const selfUs = new Map<number, number>();
  profile.samples.forEach((id, at) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas[at] ?? 0));
  });
  const functions = new Map<string, number>();
  const groups = new Map<string, number>();
  let allUs = 0;
  let busyUs = 0;
  for (const { id, callFrame } of profile.nodes) {
    const us = selfUs.get(id) ?? 0;
    allUs += us;
    if (callFrame.functionName === IDLE) continue;
    busyUs += us;
    const { name, file } = placeOf(callFrame);
    add(functions, file === '' ? name : `${name}  ${file}`, us);
    add(groups, groupOf(name, file), us);
  }
  const shares = (sums: ReadonlyMap<string, number>): Share[] =>
    [...sums]
      .map(([name, us]) => ({ name, share: us / Math.max(busyUs, 1) }))
      .sort((a, b) => b.share - a.share);
  const busyShare = busyUs / Math.max(allUs, 1);
  return { busyShare, functions: shares(functions), groups: shares(groups) };
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}

/** `src/server/gateway`, `node_modules/undici`, `node:net`, `(garbage collector)`. */
function groupOf(name: string, file: string): string {
  if (file === '') return name;
  const parts = file.replace(/:\d+$/, '').split('/');
  if (parts[0] === 'src') return parts.slice(0, Math.min(3, parts.length - 1)).join('/');
  if (parts[0] !== 'node_modules') return parts.join('/');
  return parts.slice(0, parts[1]?.startsWith('@') ? 3 : 2).join('/');
}
