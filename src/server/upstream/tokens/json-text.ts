/** What punctuation and quoting add to a value, in bytes, at most; an escaped unit takes six. */
const BYTES_PER_VALUE = 32;
const BYTES_PER_UNIT = 6;

/**
 * The JSON text of a value of unknown origin, or, where it has none (nested too deeply, a circle, a
 * bigint), an upper bound of its length in bytes. Never throws.
 */
export function jsonText(value: unknown): { text: string } | { bytesMax: number } {
  try {
    return { text: JSON.stringify(value) ?? '' };
  } catch {
    return { bytesMax: bytesMax(value) };
  }
}

/** Bytes of a value's JSON text, or an upper bound of them; nothing for null. Never throws. */
export function jsonBytes(value: unknown): number {
  if (value === null) return 0;
  const json = jsonText(value);
  return 'text' in json ? Buffer.byteLength(json.text) : json.bytesMax;
}

function bytesMax(value: unknown): number {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  let bytes = 0;
  while (waiting.length > 0) {
    const next = waiting.pop();
    bytes += BYTES_PER_VALUE;
    if (typeof next === 'string') bytes += next.length * BYTES_PER_UNIT;
    if (typeof next === 'bigint') bytes += next.toString().length;
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    for (const [key, item] of Object.entries(next)) {
      bytes += key.length * BYTES_PER_UNIT;
      waiting.push(item);
    }
  }
  return bytes;
}
