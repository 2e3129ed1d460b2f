/** Most bytes that one UTF-16 code unit can need. */
export const BYTES_PER_UNIT_MAX = 3;

/**
 * Writes `units[from, to)` to `target` as UTF-8, half surrogate pairs as U+FFFD like TextEncoder;
 * returns the number of bytes. By hand: for a word of five letters a call of TextEncoder's costs
 * more than the work.
 */
export function encodeUtf8(
  units: Uint16Array,
  from: number,
  to: number,
  target: Uint8Array,
): number {
  let at = 0;
  for (let i = from; i < to; i += 1) {
    let code = units[i] ?? 0;
    if (code < 0x80) {
      target[at] = code;
      at += 1;
      continue;
    }
    if (code < 0x800) {
      target[at] = 0xc0 | (code >>> 6);
      target[at + 1] = 0x80 | (code & 0x3f);
      at += 2;
      continue;
    }
    if ((code & 0xf800) === 0xd800) {
      const low = code < 0xdc00 && i + 1 < to ? (units[i + 1] ?? 0) : 0;
      if ((low & 0xfc00) === 0xdc00) {
        const point = ((code & 0x3ff) << 10) + (low & 0x3ff) + 0x10000;
        target[at] = 0xf0 | (point >>> 18);
        target[at + 1] = 0x80 | ((point >>> 12) & 0x3f);
        target[at + 2] = 0x80 | ((point >>> 6) & 0x3f);
        target[at + 3] = 0x80 | (point & 0x3f);
        at += 4;
        i += 1;
        continue;
      }
      code = 0xfffd;
    }
    target[at] = 0xe0 | (code >>> 12);
    target[at + 1] = 0x80 | ((code >>> 6) & 0x3f);
    target[at + 2] = 0x80 | (code & 0x3f);
    at += 3;
  }
  return at;
}
