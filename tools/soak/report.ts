import type { Tally } from './load/crowd';
import type { Books } from './verdict';
import type { Reading } from './watch/reading';

const COLUMNS: readonly (readonly [string, (reading: Reading) => string])[] = [
  ['requests', ({ requests }) => requests.toLocaleString('en-US')],
  ['heap MB', ({ heapBytes }) => megabytes(heapBytes)],
  ['buffers MB', ({ externalBytes }) => megabytes(externalBytes)],
  ['RSS MB', ({ rssBytes }) => megabytes(rssBytes)],
  ['fds', ({ descriptors }) => String(descriptors)],
  ['handles', ({ resources }) => String(resources)],
  ['in Maps', ({ maps }) => String(maps.entries)],
  ['largest', ({ maps }) => String(maps.largest)],
  ['in Sets', ({ sets }) => String(sets.entries)],
  ['Redis MB', ({ redisBytes }) => megabytes(redisBytes)],
  ['keys', ({ redisKeys }) => String(redisKeys)],
  ['Postgres MB', ({ databaseBytes }) => megabytes(databaseBytes)],
  ['spool', ({ spoolFiles }) => String(spoolFiles)],
  ['log KB', ({ logBytes }) => (logBytes / 1_024).toFixed(0)],
];

export const headLine = (): string =>
  COLUMNS.map(([title]) => title.padStart(widthOf(title))).join('  ');

export const readingLine = (reading: Reading): string =>
  COLUMNS.map(([title, show]) => show(reading).padStart(widthOf(title))).join('  ');

const widthOf = (title: string): number => Math.max(title.length, 7);

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);

/** How every kind of request ended, and what the books say, a line each. */
export function outcomeLines({ outcomes, unexpected }: Tally, books: Books): string[] {
  const sorted = [...outcomes].sort(([a], [b]) => a.localeCompare(b));
  return [
    ...sorted.map(([name, count]) => `  ${String(count).padStart(8)}  ${name}`),
    ...[...unexpected].map(([name, count]) => `  ${count} × ${name}, with no store away`),
    `  ${books.delivered} whole answers, ${books.committed} charges committed, ${books.pending} open`,
  ];
}
