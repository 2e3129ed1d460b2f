import { HASH_SEED, hashStep, type RankTable } from './rank-table';

const CACHE_SLOTS = 1 << 15;
const NO_MERGE = -1;
const NEVER = 0x7fffffff;

/**
 * Which neighbouring tokens merge, and into what. The token that two tokens make is the one with
 * their bytes, and its rank is its id.
 */
export class Merges {
  /** Direct-mapped memory of pairs: left + 1, right, merged. */
  private readonly cache = new Int32Array(CACHE_SLOTS * 3);
  private readonly joined: Uint8Array;
  /** The halves whose merge makes a token, found when first asked for; 0: not yet, else id + 1. */
  private readonly lefts: Int32Array;
  private readonly rights: Int32Array;
  private readonly ids = new Int32Array(256);
  private readonly nextRanks = new Int32Array(256);

  constructor(readonly table: RankTable) {
    this.joined = new Uint8Array(table.lengthMax * 2);
    this.lefts = new Int32Array(table.size);
    this.rights = new Int32Array(table.size);
  }

  /** The token that `left` and `right` merge into, or -1. */
  merged(left: number, right: number): number {
    const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    const slot = ((hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1)) * 3;
    if (this.cache[slot] === left + 1 && this.cache[slot + 1] === right) {
      return this.cache[slot + 2] ?? NO_MERGE;
    }
    const rank = this.lookUp(left, right);
    this.cache[slot] = left + 1;
    this.cache[slot + 1] = right;
    this.cache[slot + 2] = rank;
    return rank;
  }

  /**
   * Number of tokens in `bytes[0, length)`, `length` <= 256, by always merging the leftmost pair of
   * lowest rank. Quadratic, but the fastest way for a word.
   */
  count(bytes: Uint8Array, length: number): number {
    return this.merge(bytes, length, -1);
  }

  /**
   * Can `left` and `right`, each a token by itself, stand side by side, or would a merge cross from
   * one into the other? Undoes the merges of both from the last to the first: ranks grow along a
   * token's merges, so a crossing merge happens when its rank is below the last one undone.
   */
  staysApart(left: number, right: number): boolean {
    let l = left;
    let r = right;
    let limit = NEVER;
    for (;;) {
      const crossing = this.merged(l, r);
      if (crossing !== NO_MERGE && crossing < limit) return false;
      const lHalf = this.rightHalf(l);
      const rHalf = this.leftHalf(r);
      if (lHalf === l && rHalf === r) return true;
      if (rHalf === r || (lHalf !== l && l > r)) {
        limit = l;
        l = lHalf;
      } else {
        // Of two equal merges the left one comes first: the crossing one may be as low as r's.
        limit = r + 1;
        r = rHalf;
      }
    }
  }

  /** False for a token that merging its own bytes does not lead to: it only stands alone. */
  reachable(token: number): boolean {
    return this.leftHalf(token) >= 0;
  }

  /** Left half of the token's last merge; itself for a single byte; -1 when it is unreachable. */
  leftHalf(token: number): number {
    if (this.lefts[token] === 0) this.takeApart(token);
    return (this.lefts[token] ?? 0) - 1;
  }

  rightHalf(token: number): number {
    if (this.lefts[token] === 0) this.takeApart(token);
    return (this.rights[token] ?? 0) - 1;
  }

  private takeApart(token: number): void {
    this.lefts[token] = token + 1;
    this.rights[token] = token + 1;
    const bytes = new Uint8Array(this.table.lengthOf(token));
    this.table.copyTo(token, bytes, 0);
    if (bytes.length > 1 && this.merge(bytes, bytes.length, token) > 1) {
      this.lefts[token] = -1;
      this.rights[token] = -1;
    }
  }

  /** Merges; the halves of the merge that makes `watched` are noted. */
  private merge(bytes: Uint8Array, length: number, watched: number): number {
    const { ids, nextRanks } = this;
    let left = length;
    for (let i = 0; i < left; i += 1) ids[i] = this.table.byteRanks[bytes[i] ?? 0] ?? 0;
    for (let i = 0; i < left - 1; i += 1) nextRanks[i] = this.rankAt(i);
    for (;;) {
      let best = NEVER;
      let at = -1;
      for (let i = 0; i < left - 1; i += 1) {
        const rank = nextRanks[i] ?? NEVER;
        if (rank < best) {
          best = rank;
          at = i;
        }
      }
      if (at === -1) return left;
      if (best === watched) this.noteHalves(watched, ids[at] ?? 0, ids[at + 1] ?? 0);
      ids[at] = best;
      left -= 1;
      for (let i = at + 1; i < left; i += 1) {
        ids[i] = ids[i + 1] ?? 0;
        nextRanks[i] = nextRanks[i + 1] ?? NEVER;
      }
      if (at < left - 1) nextRanks[at] = this.rankAt(at);
      if (at > 0) nextRanks[at - 1] = this.rankAt(at - 1);
    }
  }

  private noteHalves(token: number, left: number, right: number): void {
    this.lefts[token] = left + 1;
    this.rights[token] = right + 1;
  }

  private rankAt(i: number): number {
    const rank = this.merged(this.ids[i] ?? 0, this.ids[i + 1] ?? 0);
    return rank === NO_MERGE ? NEVER : rank;
  }

  private lookUp(left: number, right: number): number {
    const { table, joined } = this;
    if (table.lengthOf(left) + table.lengthOf(right) > table.lengthMax) return NO_MERGE;
    const length = table.copyTo(right, joined, table.copyTo(left, joined, 0));
    const suffix = ((joined[length - 2] ?? 0) << 8) | (joined[length - 1] ?? 0);
    if ((table.lengthMaxBySuffix[suffix] ?? 0) < length) return NO_MERGE;
    let hash = HASH_SEED;
    for (let i = length - 1; i >= 0; i -= 1) hash = hashStep(hash, joined[i] ?? 0);
    return table.probe(joined, 0, length, hash);
  }
}
