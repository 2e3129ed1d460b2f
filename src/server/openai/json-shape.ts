import { TallygateError } from '../domain/errors';

export const DEPTH_MAX = 100;
/** Far above any honest request: 10,000 messages of parts, tools with their schemas. */
const CONTAINERS_MAX = 100_000;
const NAMES_MAX = 200_000;
/** Embeddings may be asked for by token: numbers are many, and cheap. */
const VALUES_MAX = 1_000_000;
/** A text that is shorter can hold nothing that takes long to read. */
const UNJUDGED_UNITS_MAX = 64 * 1024;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Refuses a text whose mere reading as JSON would keep everybody else waiting for seconds: one of
 * millions of small values, or nested without end. Stops at the first bound that is passed. The text
 * need not be JSON. Throws 400 `invalid_json`.
 */
export function judgeShape(text: string): void {
  if (text.length <= UNJUDGED_UNITS_MAX) return;
  let [depth, containers, names, values] = [0, 0, 0, 1];
  for (let index = 0; index < text.length; index += 1) {
    switch (text.charCodeAt(index)) {
      case QUOTE:
        index = skipString(text, index) - 1;
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        depth += 1;
        containers += 1;
        if (depth > DEPTH_MAX) throw tooDeep();
        if (containers > CONTAINERS_MAX) throw tooMany(CONTAINERS_MAX, 'objects and arrays');
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
      case COLON:
        names += 1;
        if (names > NAMES_MAX) throw tooMany(NAMES_MAX, 'fields');
        break;
      case COMMA:
        values += 1;
        if (values > VALUES_MAX) throw tooMany(VALUES_MAX, 'values');
        break;
    }
  }
}

/**
 * The index just past the string that begins at `at`, the text's end where nothing closes it. A long
 * one is skipped by native search.
 */
export function skipString(text: string, at: number): number {
  let end = at;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

export const tooDeep = (): TallygateError =>
  new TallygateError('invalid_json', `The body nests deeper than ${DEPTH_MAX} levels.`);

const tooMany = (max: number, what: string): TallygateError =>
  new TallygateError('invalid_json', `The body holds more than ${max} ${what}. Send fewer.`);
