import { isObject, type JsonObject } from './object';

/**
 * Strings, so that what stands inside one is left alone, and the numbers that JSON does not have.
 * A string without an end matches too: no character is looked at twice.
 */
const STRING_OR_NO_NUMBER = /"(?:[^"\\]|\\.)*"?|-?\b(?:NaN|Infinity)\b/gs;
/** What is longer gets no second look. */
const LENGTH_MAX = 2 * 1024 * 1024;

/**
 * Reads what an upstream sent as a JSON object; null when it is none. Python's NaN and Infinity,
 * which many clients read, become an infinite number: absurd as a figure, harmless elsewhere.
 */
export function readObject(text: string): JsonObject | null {
  let value = parse(text);
  if (value === null && text.length <= LENGTH_MAX) value = parse(withJsonNumbers(text));
  return isObject(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const withJsonNumbers = (text: string): string =>
  text.replace(STRING_OR_NO_NUMBER, (found) => (found.startsWith('"') ? found : '1e999'));
