import type { RankTable } from './rank-table';

const PAIR_SLOTS = 1 << 15;
const NO_MERGE = -1;
const NEVER = 0x7fffffff;
/** Longest piece that is merged as a whole, in bytes. */
export const SHORT_BYTES_MAX = 128;
export const GUESSES = 1 << 13;

/**
 * Which neighbouring tokens merge, and into what. The token that two tokens make is the one with
 * their bytes, and its rank is its id.
 */
export class Merges {
  /** The halves whose merge makes a token, found when first asked for; 0: not yet, else id + 1. */
  private readonly lefts: Int32Array;
  private readonly rights: Int32Array;
  /** Direct-mapped memory of pairs: left + 1, right, merged. */
  private readonly pairs = new Int32Array(PAIR_SLOTS * 3);
  /** The same for pairs judged: left + 1 and the verdict's bit, right. */
  private readonly verdicts = new Int32Array(PAIR_SLOTS * 2);
  /** What the last token was in a context before: a good first try for `LongPiece`. */
  readonly guesses = new Int32Array(GUESSES);
  private readonly ids = new Int32Array(SHORT_BYTES_MAX);
  /** For each id the rank of merging it with the next one. */
  private readonly ranks = new Int32Array(SHORT_BYTES_MAX);

  constructor(readonly table: RankTable) {
    if (table.lengthMax > SHORT_BYTES_MAX) throw new RangeError('a token is too long');
    this.lefts = new Int32Array(table.size);
    this.rights = new Int32Array(table.size);
  }

  /**
   * Number of tokens of `bytes[0, length)`, up to `SHORT_BYTES_MAX`, by always merging the leftmost
   * pair of lowest rank. Quadratic, but the fastest way for a word.
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
    const { verdicts } = this;
    const slot = pairSlot(left, right) * 2;
    const known = verdicts[slot] ?? 0;
    if (known >>> 1 === left + 1 && verdicts[slot + 1] === right) return (known & 1) === 1;
    const apart = this.judge(left, right);
    verdicts[slot] = ((left + 1) << 1) | (apart ? 1 : 0);
    verdicts[slot + 1] = right;
    return apart;
  }

  private judge(left: number, right: number): boolean {
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

  /** Left half of the token's last merge; itself for a single byte; -2 when it is unreachable. */
  leftHalf(token: number): number {
    if (this.lefts[token] === 0) this.takeApart(token);
    return (this.lefts[token] ?? 0) - 1;
  }

  rightHalf(token: number): number {
    if (this.lefts[token] === 0) this.takeApart(token);
    return (this.rights[token] ?? 0) - 1;
  }

  private merged(left: number, right: number): number {
    const { pairs } = this;
    const slot = pairSlot(left, right) * 3;
    if (pairs[slot] === left + 1 && pairs[slot + 1] === right) return pairs[slot + 2] ?? NO_MERGE;
    const rank = this.table.join(left, right);
    pairs[slot] = left + 1;
    pairs[slot + 1] = right;
    pairs[slot + 2] = rank;
    return rank;
  }

  private takeApart(token: number): void {
    const bytes = this.table.bytesOf(token);
    this.noteHalves(token, token, token);
    if (bytes.length > 1 && this.merge(bytes, bytes.length, token) > 1) {
      this.noteHalves(token, -2, -2);
    }
  }

  private noteHalves(token: number, left: number, right: number): void {
    this.lefts[token] = left + 1;
    this.rights[token] = right + 1;
  }

  /** Merges; the halves of the merge that makes `watched` are noted. */
  private merge(bytes: Uint8Array, length: number, watched: number): number {
    const { ids, ranks } = this;
    let parts = length;
    for (let i = 0; i < parts; i += 1) ids[i] = this.table.byteRanks[bytes[i] ?? 0] ?? 0;
    for (let i = 0; i < parts - 1; i += 1) ranks[i] = this.rankAt(i);
    for (;;) {
      let best = NEVER;
      let at = -1;
      for (let i = 0; i < parts - 1; i += 1) {
        const rank = ranks[i] ?? NEVER;
        if (rank < best) {
          best = rank;
          at = i;
        }
      }
      if (at === -1) return parts;
      if (best === watched) this.noteHalves(watched, ids[at] ?? 0, ids[at + 1] ?? 0);
      ids[at] = best;
      parts -= 1;
      for (let i = at + 1; i < parts; i += 1) {
        ids[i] = ids[i + 1] ?? 0;
        ranks[i] = ranks[i + 1] ?? NEVER;
      }
      if (at < parts - 1) ranks[at] = this.rankAt(at);
      if (at > 0) ranks[at - 1] = this.rankAt(at - 1);
    }
  }

  private rankAt(i: number): number {
    const rank = this.merged(this.ids[i] ?? 0, this.ids[i + 1] ?? 0);
    return rank === NO_MERGE ? NEVER : rank;
  }
}

function pairSlot(left: number, right: number): number {
  const hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
  return (hash ^ (hash >>> 15)) & (PAIR_SLOTS - 1);
}
