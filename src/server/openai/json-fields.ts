import { TallygateError } from '../domain/errors';
import { DEPTH_MAX, skipString, tooDeep } from './json-shape';

/** Where a top-level field's value stands in the text of a JSON object. */
interface Span {
  readonly start: number;
  readonly end: number;
}

export type FieldSpans = ReadonlyMap<string, Span>;

/** We know a few dozen; more than these are nobody's request. */
const FIELDS_MAX = 1_000;

const QUOTE = 0x22;

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The index just past the value that begins at `at`. Throws when it nests too deep. */
function skipValue(text: string, at: number): number {
  let depth = 0;
  let index = at;
  for (;;) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = skipString(text, index);
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      index += 1;
      if (depth > DEPTH_MAX) throw tooDeep();
      continue;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      index += 1;
    } else if (depth === 0) {
      while (!isScalarEnd(text.charCodeAt(index))) index += 1;
    } else index += 1;
    if (depth === 0) return index;
  }
}

const isScalarEnd = (code: number): boolean =>
  code === 0x2c || code === 0x7d || Number.isNaN(code) || isSpace(code);

/**
 * Finds the top-level fields of a JSON object whose syntax is known to be valid.
 * A field given twice is refused: we and the upstream might each believe another one.
 */
export function topLevelFields(text: string): FieldSpans {
  const fields = new Map<string, Span>();
  let index = text.indexOf('{') + 1;
  for (;;) {
    while (isSpace(text.charCodeAt(index)) || text.charCodeAt(index) === 0x2c) index += 1;
    if (text.charCodeAt(index) !== QUOTE) return fields;
    const keyEnd = skipString(text, index);
    const key: unknown = JSON.parse(text.slice(index, keyEnd));
    if (typeof key !== 'string') return fields;
    index = text.indexOf(':', keyEnd) + 1;
    while (isSpace(text.charCodeAt(index))) index += 1;
    const end = skipValue(text, index);
    if (fields.has(key)) {
      throw new TallygateError('invalid_field', `The field "${key.slice(0, 64)}" is given twice.`, {
        param: key.slice(0, 64),
      });
    }
    if (fields.size >= FIELDS_MAX) {
      throw new TallygateError('invalid_json', `The body has more than ${FIELDS_MAX} fields.`);
    }
    fields.set(key, { start: index, end });
    index = end;
  }
}

/**
 * Replaces or adds top-level fields in the text of a JSON object and leaves every other byte as it
 * came: numbers keep their digits, unknown fields their form. Values are JSON texts.
 */
export function withFields(
  text: string,
  fields: FieldSpans,
  values: Readonly<Record<string, string>>,
): string {
  const replaced = Object.entries(values)
    .flatMap(([key, value]) => {
      const span = fields.get(key);
      return span === undefined ? [] : [{ ...span, value }];
    })
    .sort((a, b) => a.start - b.start);
  let out = '';
  let from = 0;
  for (const { start, end, value } of replaced) {
    out += text.slice(from, start) + value;
    from = end;
  }
  const added = Object.entries(values).filter(([key]) => !fields.has(key));
  const close = text.lastIndexOf('}');
  out += text.slice(from, close);
  const members = added.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',');
  if (members !== '') out += fields.size > 0 ? `,${members}` : members;
  return out + text.slice(close);
}
