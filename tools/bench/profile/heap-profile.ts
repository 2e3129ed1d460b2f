import { type CallFrame, type Place, type PlaceSums, sumByPlace, type Weighed } from './place-sums';

/** As V8 writes what its sampling found of all that was allocated, with only what is read here. */
export interface HeapProfile {
  readonly head: HeapNode;
}

export interface HeapNode {
  readonly callFrame: CallFrame;
  /** Bytes that the function allocated itself, by estimate. */
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

export interface HeapSum extends PlaceSums {
  readonly bytes: number;
}

/** Adds bytes up by function and by file's group, the greatest first. */
export function sumHeap({ head }: HeapProfile, placeOf: (frame: CallFrame) => Place): HeapSum {
  const frames: Weighed[] = [];
  const rest = [head];
  let bytes = 0;
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    frames.push({ callFrame: node.callFrame, weight: node.selfSize });
    bytes += node.selfSize;
    rest.push(...node.children);
  }
  return { bytes, ...sumByPlace(frames, placeOf) };
}
