import fc from 'fast-check';

/** JSON texts as clients may write them: any white space, any escape, numbers of any length. */

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const NASTY = [...'"\\{}[],:\n\u0000\u2028é账😀', '\ud800'];
const unit = fc.oneof(fc.constantFrom(...NASTY), fc.string({ minLength: 1, maxLength: 1 }));

/** Every UTF-16 unit of a text as its \u escape. */
export const escapedText = (text: string): string =>
  text
    .split('')
    .map((half) => `\\u${half.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

const plainText = (text: string): string => JSON.stringify(text).slice(1, -1);

/** A string literal, each character as it is or as its \u escape. */
export const stringText = fc
  .array(fc.tuple(unit, fc.boolean()), { maxLength: 8 })
  .map((units) =>
    units.map(([text, isEscaped]) => (isEscaped ? escapedText(text) : plainText(text))),
  )
  .map((units) => `"${units.join('')}"`);

const numberText = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/),
  fc.constantFrom('-0', '1e400', '9007199254740993', '0.1000000000000000055511151231257827'),
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberText,
    stringText,
    fc.constantFrom('true', 'false', 'null', '{}', '[]', '[ ]'),
    fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
      .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    fc
      .array(fc.tuple(space, stringText, space, tie('value'), space), { maxLength: 4 })
      .map(
        (members) =>
          `{${members.map(([a, key, b, item, c]) => `${a}${key}${b}:${item}${c}`).join(',')}}`,
      ),
  ),
}));

export const valueText: fc.Arbitrary<string> = value.map(String);

export interface Document {
  readonly text: string;
  /** The value of each top-level field, exactly as it was written. */
  readonly written: ReadonlyMap<string, string>;
}

const parseKey = (literal: string): string => String(JSON.parse(literal));

/** An object whose top-level keys differ, however they are escaped. */
export const documentText: fc.Arbitrary<Document> = fc
  .tuple(
    fc.uniqueArray(fc.tuple(stringText, valueText, space, space, space, space), {
      maxLength: 8,
      selector: ([key]) => parseKey(key),
    }),
    space,
    space,
  )
  .map(([members, before, after]) => ({
    text: `${before}{${members.map(([key, item, a, b, c, d]) => `${a}${key}${b}:${c}${item}${d}`).join(',')}}${after}`,
    written: new Map(members.map(([key, item]) => [parseKey(key), item])),
  }));
