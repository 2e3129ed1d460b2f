import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '@/server/domain/errors';

const ROOT = path.join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const page = read('docs/failure-modes.md');
const [, ...failures] = page.split(/^### /m).map((section) => section.split(/^## /m, 1)[0] ?? '');
const index = /^## By error code\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
const LABELS = ['Client', 'Books', 'Heals', 'Shown by'];

const headingOf = (section: string): string => section.split('\n', 1)[0] ?? '';
const shownBy = (section: string) =>
  [...section.matchAll(/^ {2}- `(tests\/[^`]+)` › (.+)$/gm)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));

/** Titles of the tests in a file, as they stand there: templates of `each` are not filled in. */
function titlesIn(file: string): string[] {
  const opening = /(?:\b(?:it|test)|\))\(\s*(['"`])(.*?)\1,\s*(?:async )?\(/g;
  return [...read(file).matchAll(opening)].map(([, , title = '']) => title);
}

/** The anchors that a Markdown page's headings can be reached by. */
const anchorsOf = (markdown: string): string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('every failure of docs/failure-modes.md', () => {
  it('is there', () => expect(failures.length).toBeGreaterThan(40));

  it.each(failures.map((section) => [headingOf(section), section] as const))(
    '%s: says what client and books see, how it heals, and names tests that exist',
    (_, section) => {
      const labels = [...section.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, label]) => label);
      expect(labels).toEqual(LABELS);
      const tests = shownBy(section);
      expect(tests).not.toEqual([]);
      expect(tests).toHaveLength([...section.matchAll(/^ {2}- /gm)].length);
      for (const { file, title } of tests) {
        expect(existsSync(path.join(ROOT, file)), file).toBe(true);
        expect(titlesIn(file)).toContain(title);
      }
    },
  );

  it('is reached by the links that lead to it', () => {
    const pages = { '': page, 'recovery.md': read('docs/recovery.md') };
    const links = [...page.matchAll(/\]\(((?:recovery\.md)?)#([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(20);
    for (const [, where = '', anchor] of links) {
      expect(anchorsOf(where === '' ? pages[''] : pages['recovery.md'])).toContain(anchor);
    }
  });
});

it('every error code is in the index by error code, with its status, and no other is', () => {
  const rows = index.split('\n').filter((line) => line.startsWith('| '));
  const told = rows.flatMap((row) => codesOf(row.split('|')[1] ?? ''));
  const codes = Object.entries(ERROR_CODES).map(([code, { status }]) => `${status} ${code}`);
  expect([...new Set(told)].sort()).toEqual(codes.sort());
});

/** `400 \`a\`, \`b\`; 401 \`c\`` is 400 a, 400 b, 401 c. */
function codesOf(cell: string): string[] {
  let status = '';
  return [...cell.matchAll(/(\d{3}) |`([a-z_]+)`/g)].flatMap(([, number, code]) => {
    if (number !== undefined) status = number;
    return code === undefined ? [] : [`${status} ${code}`];
  });
}
