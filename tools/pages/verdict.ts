import { quantile, type Times } from '../growth/table';

/** By name, in milliseconds. */
export type PageTimes = ReadonlyMap<string, Times>;

/** What a page may take for a tenant with a million transactions. */
export const PAGE_MS_MAX = 300;

/** Whether nineteen in twenty of each page stay below it. */
export const isQuick = (times: PageTimes): boolean =>
  [...times.values()].every((each) => quantile(each, 0.95) < PAGE_MS_MAX);

/** A Markdown table: a page a line. */
export function pagesTable(times: PageTimes): string {
  const ms = (each: Times, share: number) => quantile(each, share).toFixed(0);
  const lines = [...times].map(
    ([name, each]) =>
      `| ${name} | ${ms(each, 0.5)} | ${ms(each, 0.95)} | ${ms(each, 1)} | ${isQuick(new Map([[name, each]])) ? 'ok' : 'slow'} |`,
  );
  return ['| page, ms | p50 | p95 | most | |', '| --- | --- | --- | --- | --- |', ...lines].join(
    '\n',
  );
}
