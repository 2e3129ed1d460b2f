const SLOT_BYTES = 64;
const SLOTS = 1 << 14;
/** A slot: length, count, the bytes. */
const HEADER = 2;

/**
 * Remembers the counts of pieces in a fixed megabyte. Two places for each piece: a hit in the
 * second moves to the first, a new piece pushes the first to the second, so what is used stays.
 */
export class PieceCache {
  static readonly lengthMax = SLOT_BYTES - HEADER;
  private readonly slots = new Uint8Array(SLOTS * SLOT_BYTES);

  /** The count stored for `bytes[0, length)` with this well spread hash, or 0. */
  get(bytes: Uint8Array, length: number, hash: number): number {
    const first = firstSlot(hash);
    if (this.holds(first, bytes, length)) return this.slots[first + 1] ?? 0;
    const second = first + SLOT_BYTES;
    if (!this.holds(second, bytes, length)) return 0;
    const count = this.slots[second + 1] ?? 0;
    this.put(bytes, length, hash, count);
    return count;
  }

  put(bytes: Uint8Array, length: number, hash: number, count: number): void {
    const { slots } = this;
    const first = firstSlot(hash);
    slots.copyWithin(first + SLOT_BYTES, first, first + SLOT_BYTES);
    slots[first] = length;
    slots[first + 1] = count;
    for (let i = 0; i < length; i += 1) slots[first + HEADER + i] = bytes[i] ?? 0;
  }

  private holds(slot: number, bytes: Uint8Array, length: number): boolean {
    const { slots } = this;
    if (slots[slot] !== length) return false;
    for (let i = 0; i < length; i += 1) {
      if (slots[slot + HEADER + i] !== bytes[i]) return false;
    }
    return true;
  }
}

function firstSlot(hash: number): number {
  return (hash & (SLOTS / 2 - 1)) * 2 * SLOT_BYTES;
}
