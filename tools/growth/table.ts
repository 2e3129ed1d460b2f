/** The times of one operation in one database, in milliseconds. */
export type Times = readonly number[];

/** The smallest time that `share` of the times do not exceed; NaN where there are none. */
export function quantile(times: Times, share: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? Number.NaN;
}

/**
 * A Markdown table: an operation a line, p50 and p95 for each database, and how much more the last
 * one's p50 is than the first one's.
 */
export function tableOf(
  databases: readonly string[],
  results: ReadonlyMap<string, readonly Times[]>,
): string {
  const lines = [...results].map(([operation, times]) => {
    const cells = times.map(
      (each) => `${shown(quantile(each, 0.5))} / ${shown(quantile(each, 0.95))}`,
    );
    const [first, last] = [times[0] ?? [], times.at(-1) ?? []];
    const ratio = quantile(last, 0.5) / quantile(first, 0.5);
    return row([operation, ...cells, ratio.toFixed(2)]);
  });
  const head = ['ms, p50 / p95', ...databases, 'last : first'];
  return [row(head), row(head.map(() => '---')), ...lines].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const shown = (ms: number): string => ms.toFixed(ms < 10 ? 2 : 0);
