// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../lib/data-dir.mjs';

/** @typedef {import('./mutant.mjs').Mutant & { by: string, seconds: number }} Caught */

const PAGE = path.join(ROOT, 'docs/mutants.md');
const BEGIN = '<!-- written by npm run mutants -- --write -->';

/** Puts the table into the page, below the mark. @param {readonly Caught[]} caught @param {number} seconds */
export function writePage(caught, seconds) {
  const [head = ''] = readFileSync(PAGE, 'utf8').split(BEGIN);
  const rows = caught.map(
    ({ name, breaks, file, catcher, by, seconds: took }) =>
      `| ${name} | ${breaks} | \`${shorter(file)}\` | ${caughtBy(catcher, by)} | ${took.toFixed(1)} |`,
  );
  const lines = [
    `${head}${BEGIN}`,
    '',
    `${caught.length} mutants, all caught, in ${Math.round(seconds / 6) / 10} minutes, the sound run included.`,
    '',
    '| fault | breaks | planted in | caught by | seconds |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ];
  writeFileSync(PAGE, lines.join('\n'));
}

const shorter = (/** @type {string} */ file) => file.replace(/^src\/server\//, '');

/** @param {string} catcher @param {string} by */
const caughtBy = (catcher, by) =>
  `${catcher === 'simulation' ? 'simulation' : `\`${catcher}\``}: ${by
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replaceAll('|', '\\|')
    .slice(0, 160)}`;
