/** Token bytes (as a Latin-1 string) → rank. */
export type Ranks = ReadonlyMap<string, number>;

const NO_RANK = -1;
/** Room for the position inside one heap key; ranks stay below 2^18. */
const POSITION_SPAN = 2 ** 32;

/** Min-heap of plain numbers. */
class Heap {
  readonly #items: number[] = [];

  push(value: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(value);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] ?? value;
      if (above <= value) break;
      items[at] = above;
      at = parent;
    }
    items[at] = value;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if ((items[child + 1] ?? Infinity) < (items[child] ?? Infinity)) child += 1;
      const below = items[child] ?? Infinity;
      if (below >= last) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

/**
 * Byte-pair merge of one piece in O(n log n): always the lowest rank, leftmost first.
 * Takes the piece's UTF-8 bytes as a Latin-1 string; returns the token lengths in bytes, in order.
 */
export function mergeBytePairs(bytes: string, ranks: Ranks): number[] {
  const size = bytes.length;
  if (size <= 1 || ranks.has(bytes)) return size === 0 ? [] : [size];
  const ends = Uint32Array.from({ length: size }, (_, at) => at + 1);
  const previous = Int32Array.from({ length: size }, (_, at) => at - 1);
  const pairRanks = new Int32Array(size).fill(NO_RANK);
  const heap = new Heap();

  const rankPairAt = (start: number): void => {
    const middle = ends[start] ?? size;
    const end = middle < size ? (ends[middle] ?? size) : size;
    const rank = middle < size ? ranks.get(bytes.slice(start, end)) : undefined;
    pairRanks[start] = rank ?? NO_RANK;
    if (rank !== undefined) heap.push(rank * POSITION_SPAN + start);
  };

  for (let start = 0; start < size - 1; start += 1) rankPairAt(start);
  for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
    const start = key % POSITION_SPAN;
    // A key whose pair has changed since is stale.
    if (pairRanks[start] !== Math.floor(key / POSITION_SPAN)) continue;
    const middle = ends[start] ?? size;
    const end = ends[middle] ?? size;
    ends[start] = end;
    pairRanks[middle] = NO_RANK;
    if (end < size) previous[end] = start;
    rankPairAt(start);
    const before = previous[start] ?? NO_RANK;
    if (before >= 0) rankPairAt(before);
  }

  const lengths: number[] = [];
  for (let start = 0; start < size; ) {
    const end = ends[start] ?? size;
    lengths.push(end - start);
    start = end;
  }
  return lengths;
}
