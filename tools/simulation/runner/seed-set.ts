/** From the first seed up to, and without, the second. */
export type SeedRange = readonly [from: number, end: number];

/** Which seeds are done: ranges in order, none touching the next. Any seed may come at any time. */
export class SeedSet {
  private readonly ranges: [number, number][] = [];

  constructor(ranges: readonly SeedRange[] = []) {
    for (const [from, end] of ranges) this.add([from, end]);
  }

  /** Adds what is not in it yet. */
  add([from, end]: SeedRange): void {
    if (from >= end) return;
    const { ranges } = this;
    const at = ranges.findIndex((range) => range[1] >= from);
    const begin = at === -1 ? ranges.length : at;
    let after = begin;
    let merged: [number, number] = [from, end];
    for (let next = ranges[after]; next !== undefined && next[0] <= end; next = ranges[after]) {
      merged = [Math.min(merged[0], next[0]), Math.max(merged[1], next[1])];
      after += 1;
    }
    ranges.splice(begin, after - begin, merged);
  }

  /** How many seeds of a range are in it. */
  countIn([from, end]: SeedRange): number {
    let count = 0;
    for (const [low, high] of this.ranges) {
      count += Math.max(0, Math.min(high, end) - Math.max(low, from));
    }
    return count;
  }

  /** What of a range is still to be done, in pieces of at most `size` seeds, in their order. */
  *missing([from, end]: SeedRange, size: number): Generator<SeedRange> {
    let at = from;
    for (const [low, high] of [...this.ranges, [end, end] as const]) {
      const until = Math.min(low, end);
      while (at < until) {
        const next = Math.min(at + size, until);
        yield [at, next];
        at = next;
      }
      at = Math.max(at, high);
      if (at >= end) return;
    }
  }

  toJSON(): readonly SeedRange[] {
    return this.ranges;
  }
}
