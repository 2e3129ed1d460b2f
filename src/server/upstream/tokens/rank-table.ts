const SEED = 0x811c9dc5 | 0;
const ID_BITS = 18;
const ID_MASK = (1 << ID_BITS) - 1;

/** One step of the hash; bytes are fed from the last to the first (see `LongPiece`). */
export function hashStep(hash: number, byte: number): number {
  const mixed = Math.imul(hash ^ byte, 0x5bd1e995);
  return mixed ^ (mixed >>> 15);
}

export const HASH_SEED = SEED;

/**
 * Byte string → rank, as one blob and an open-addressing hash: about 20 bytes a token, where a Map
 * of strings takes hundreds. A rank is also the token's id.
 */
export class RankTable {
  readonly size: number;
  /** Rank of each single byte. */
  readonly byteRanks = new Uint16Array(256);
  /** For the last two bytes of a token: the longest token that ends so. */
  readonly lengthMaxBySuffix = new Uint8Array(0x10000);
  lengthMax = 1;
  private readonly blob: Uint8Array;
  private readonly offsets: Uint32Array;
  private readonly slots: Uint32Array;
  private readonly slotMask: number;
  private added = 0;

  constructor(tokens: number, blobBytes: number) {
    if (tokens >= ID_MASK) throw new RangeError(`a rank table holds fewer than ${ID_MASK} tokens`);
    this.size = tokens;
    this.blob = new Uint8Array(blobBytes);
    this.offsets = new Uint32Array(tokens + 1);
    const slots = 2 ** Math.ceil(Math.log2(tokens * 2));
    this.slots = new Uint32Array(slots);
    this.slotMask = slots - 1;
  }

  /** Appends the token whose rank is the number of tokens so far. */
  add(token: Uint8Array, length: number): void {
    const rank = this.added;
    const start = this.offsets[rank] ?? 0;
    for (let i = 0; i < length; i += 1) this.blob[start + i] = token[i] ?? 0;
    this.offsets[rank + 1] = start + length;
    this.added = rank + 1;
    this.enter(rank, hashBytes(token, 0, length));
    this.noteLength(token, length, rank);
  }

  lengthOf(rank: number): number {
    return (this.offsets[rank + 1] ?? 0) - (this.offsets[rank] ?? 0);
  }

  /** Copies a token's bytes to `target` at `at`; returns the position after them. */
  copyTo(rank: number, target: Uint8Array, at: number): number {
    const start = this.offsets[rank] ?? 0;
    const length = (this.offsets[rank + 1] ?? 0) - start;
    for (let i = 0; i < length; i += 1) target[at + i] = this.blob[start + i] ?? 0;
    return at + length;
  }

  /** Rank of `bytes[from, to)`, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.probe(bytes, from, to - from, hashBytes(bytes, from, to));
  }

  /** As `find`, with the hash already known. */
  probe(bytes: Uint8Array, from: number, length: number, hash: number): number {
    const tag = hash >>> ID_BITS;
    for (let slot = hash & this.slotMask; ; slot = (slot + 1) & this.slotMask) {
      const entry = this.slots[slot] ?? 0;
      if (entry === 0) return -1;
      if (entry >>> ID_BITS !== tag) continue;
      const rank = (entry & ID_MASK) - 1;
      if (this.isToken(rank, bytes, from, length)) return rank;
    }
  }

  private isToken(rank: number, bytes: Uint8Array, from: number, length: number): boolean {
    const start = this.offsets[rank] ?? 0;
    if ((this.offsets[rank + 1] ?? 0) - start !== length) return false;
    for (let i = 0; i < length; i += 1) {
      if (this.blob[start + i] !== bytes[from + i]) return false;
    }
    return true;
  }

  private enter(rank: number, hash: number): void {
    let slot = hash & this.slotMask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.slotMask;
    this.slots[slot] = ((hash >>> ID_BITS) << ID_BITS) | (rank + 1);
  }

  private noteLength(token: Uint8Array, length: number, rank: number): void {
    if (length > this.lengthMax) this.lengthMax = length;
    if (length === 1) this.byteRanks[token[0] ?? 0] = rank;
    if (length < 2) return;
    const suffix = ((token[length - 2] ?? 0) << 8) | (token[length - 1] ?? 0);
    if (length > (this.lengthMaxBySuffix[suffix] ?? 0)) this.lengthMaxBySuffix[suffix] = length;
  }
}

function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let hash = SEED;
  for (let i = to - 1; i >= from; i -= 1) hash = hashStep(hash, bytes[i] ?? 0);
  return hash;
}
