import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { en } from '@/messages/en';

const SOURCE = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('messages'))
  .map((path) => readFileSync(join('src', path), 'utf8'))
  .join('\n');
/** Keys that are put together, such as `usage.${metric}`: what stands before and after. */
const TEMPLATES = [...SOURCE.matchAll(/`([\w.]*\.)\$\{[^}]*\}([\w.]*)`/g)].map(
  ([, head = '', tail = '']) => ({ head, tail }),
);
const NAMES = new Set(
  [...SOURCE.matchAll(/'([\w.]+)'|(\w+):/g)].map(([, text, key]) => text ?? key),
);

const isUsed = (key: string): boolean =>
  NAMES.has(key) ||
  TEMPLATES.some(
    ({ head, tail }) =>
      key.startsWith(head) &&
      key.endsWith(tail) &&
      NAMES.has(key.slice(head.length, key.length - tail.length)),
  );

it('every sentence of the dictionaries is said somewhere', () => {
  expect(Object.keys(en).filter((key) => !isUsed(key))).toEqual([]);
});
