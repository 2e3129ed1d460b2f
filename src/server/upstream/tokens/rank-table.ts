const RANK_BITS = 18;
const RANK_MASK = (1 << RANK_BITS) - 1;
const BASE = 0x01000193;
const TOKEN_BYTES_MAX = 255;
const SUFFIX_BITS = 17;
const ANY_LENGTH = -1;
const SHORTEST = 0b110;

/** BASE to the n-th power. */
const powers = new Int32Array(TOKEN_BYTES_MAX + 1).fill(1);
for (let n = 1; n < powers.length; n += 1) powers[n] = Math.imul(powers[n - 1] ?? 0, BASE);

/**
 * The hash of a byte string is a polynomial in BASE, so that it can be made byte by byte from
 * either end, and for two strings in a row from the hashes of both.
 */
export function hashAppended(hash: number, byte: number): number {
  return (Math.imul(hash, BASE) + byte + 1) | 0;
}

/** The hash of `byte` and then a string of `length` bytes that has `hash`. */
export function hashPrepended(byte: number, hash: number, length: number): number {
  return (Math.imul(byte + 1, powers[length] ?? 0) + hash) | 0;
}

/** Spreads a hash over all its bits. */
export function scatter(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return mixed ^ (mixed >>> 13);
}

/** The bit of a token length; all lengths from 31 on share one. */
export function lengthBit(length: number): number {
  return 1 << Math.min(length, 31);
}

function suffixSlot(bytes: Uint8Array, end: number): number {
  const suffix =
    ((bytes[end - 3] ?? 0) << 16) | ((bytes[end - 2] ?? 0) << 8) | (bytes[end - 1] ?? 0);
  return Math.imul(suffix, 0x9e3779b1) >>> (32 - SUFFIX_BITS);
}

/**
 * Byte string → rank, as one blob and an open-addressing hash: about 30 bytes a token, where a Map
 * of strings takes hundreds. A rank is also the token's id.
 */
export class RankTable {
  readonly size: number;
  /** Rank of each single byte. */
  readonly byteRanks = new Uint16Array(256);
  /** By the last three bytes of tokens, hashed: a bit for each length that occurs. */
  private readonly lengthsBySuffix = new Int32Array(1 << SUFFIX_BITS);
  /** In bytes, of each token. */
  readonly lengths: Uint8Array;
  lengthMax = 1;
  private readonly blob: Uint8Array;
  private readonly offsets: Uint32Array;
  private readonly hashes: Int32Array;
  private readonly slots: Uint32Array;
  private readonly slotMask: number;
  private added = 0;

  constructor(tokens: number, blobBytes: number) {
    if (tokens >= RANK_MASK) throw new RangeError(`a rank table holds up to ${RANK_MASK} tokens`);
    this.size = tokens;
    this.blob = new Uint8Array(blobBytes);
    this.offsets = new Uint32Array(tokens + 1);
    this.lengths = new Uint8Array(tokens);
    this.hashes = new Int32Array(tokens);
    const slots = 2 ** Math.ceil(Math.log2(tokens * 2));
    this.slots = new Uint32Array(slots);
    this.slotMask = slots - 1;
  }

  /** Appends the token whose rank is the number of tokens so far. */
  add(token: Uint8Array, length: number): void {
    if (length > TOKEN_BYTES_MAX) throw new RangeError(`a token of ${length} bytes`);
    const rank = this.added;
    const start = this.offsets[rank] ?? 0;
    let hash = 0;
    for (let i = 0; i < length; i += 1) {
      const byte = token[i] ?? 0;
      this.blob[start + i] = byte;
      hash = hashAppended(hash, byte);
    }
    this.offsets[rank + 1] = start + length;
    this.lengths[rank] = length;
    this.hashes[rank] = hash;
    this.added = rank + 1;
    this.enter(rank, scatter(hash));
    this.noteLength(token, length, rank);
  }

  bytesOf(rank: number): Uint8Array {
    return this.blob.subarray(this.offsets[rank], this.offsets[rank + 1]);
  }

  /** Lengths, as bits, that tokens ending like `bytes[0, end)` may have; 1 and 2 are always in. */
  lengthsAt(bytes: Uint8Array, end: number): number {
    return end < 3 ? ANY_LENGTH : (this.lengthsBySuffix[suffixSlot(bytes, end)] ?? 0) | SHORTEST;
  }

  /** Rank of `bytes[from, from + length)`, which has this hash, or -1. */
  find(bytes: Uint8Array, from: number, length: number, hash: number): number {
    const spread = scatter(hash);
    const tag = spread >>> RANK_BITS;
    for (let slot = spread & this.slotMask; ; slot = (slot + 1) & this.slotMask) {
      const entry = this.slots[slot] ?? 0;
      if (entry === 0) return -1;
      if (entry >>> RANK_BITS !== tag) continue;
      const rank = (entry & RANK_MASK) - 1;
      if (this.lengths[rank] === length && this.reads(rank, 0, bytes, from, length)) return rank;
    }
  }

  /** Rank of the bytes of `left` and then `right`, or -1. */
  join(left: number, right: number): number {
    const leftLength = this.lengths[left] ?? 0;
    const rightLength = this.lengths[right] ?? 0;
    const length = leftLength + rightLength;
    if (length > this.lengthMax) return -1;
    const power = powers[rightLength] ?? 0;
    const spread = scatter(Math.imul(this.hashes[left] ?? 0, power) + (this.hashes[right] ?? 0));
    const tag = spread >>> RANK_BITS;
    for (let slot = spread & this.slotMask; ; slot = (slot + 1) & this.slotMask) {
      const entry = this.slots[slot] ?? 0;
      if (entry === 0) return -1;
      if (entry >>> RANK_BITS !== tag) continue;
      const rank = (entry & RANK_MASK) - 1;
      if (
        this.lengths[rank] === length &&
        this.reads(rank, 0, this.blob, this.offsets[left] ?? 0, leftLength) &&
        this.reads(rank, leftLength, this.blob, this.offsets[right] ?? 0, rightLength)
      ) {
        return rank;
      }
    }
  }

  /** Does the token's part from `skip` on begin with `bytes[from, from + length)`? */
  reads(rank: number, skip: number, bytes: Uint8Array, from: number, length: number): boolean {
    const start = (this.offsets[rank] ?? 0) + skip;
    for (let i = 0; i < length; i += 1) {
      if (this.blob[start + i] !== bytes[from + i]) return false;
    }
    return true;
  }

  private enter(rank: number, spread: number): void {
    let slot = spread & this.slotMask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.slotMask;
    this.slots[slot] = ((spread >>> RANK_BITS) << RANK_BITS) | (rank + 1);
  }

  private noteLength(token: Uint8Array, length: number, rank: number): void {
    if (length > this.lengthMax) this.lengthMax = length;
    if (length === 1) this.byteRanks[token[0] ?? 0] = rank;
    if (length < 3) return;
    const suffix = suffixSlot(token, length);
    this.lengthsBySuffix[suffix] = (this.lengthsBySuffix[suffix] ?? 0) | lengthBit(length);
  }
}
