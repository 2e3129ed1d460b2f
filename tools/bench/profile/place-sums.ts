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

/** What a frame took itself, without what it called: time or memory. */
export interface Weighed {
  readonly callFrame: CallFrame;
  readonly weight: number;
}

export interface Share {
  readonly name: string;
  /** Of all that was weighed, 0 to 1. */
  readonly share: number;
}

export interface PlaceSums {
  readonly functions: readonly Share[];
  readonly groups: readonly Share[];
}

/** Adds weights up by function and by file's group, the greatest first. */
export function sumByPlace(
  frames: Iterable<Weighed>,
  placeOf: (frame: CallFrame) => Place,
): PlaceSums {
  const functions = new Map<string, number>();
  const groups = new Map<string, number>();
  let all = 0;
  for (const { callFrame, weight } of frames) {
    const { name, file } = placeOf(callFrame);
    add(functions, file === '' ? name : `${name}  ${file}`, weight);
    add(groups, groupOf(name, file), weight);
    all += weight;
  }
  const shares = (sums: ReadonlyMap<string, number>): Share[] =>
    [...sums]
      .map(([name, weight]) => ({ name, share: weight / Math.max(all, 1) }))
      .sort((a, b) => b.share - a.share);
  return { functions: shares(functions), groups: shares(groups) };
}

function add(sums: Map<string, number>, name: string, weight: number): void {
  sums.set(name, (sums.get(name) ?? 0) + weight);
}

/** `src/server/gateway`, `node_modules/undici`, `node:net`, `(garbage collector)`. */
function groupOf(name: string, file: string): string {
  if (file === '') return name;
  const parts = file.replace(/:\d+$/, '').split('/');
  if (parts[0] === 'src') return parts.slice(0, Math.min(3, parts.length - 1)).join('/');
  if (parts[0] !== 'node_modules') return parts.join('/');
  return parts.slice(0, parts[1]?.startsWith('@') ? 3 : 2).join('/');
}
