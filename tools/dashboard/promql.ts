/** What stands in an expression but names no metric: what it groups by, selects by, and for how long. */
const NO_METRICS =
  /"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right) *\([^)]*\)/g;
const NAME = /\b[a-z]\w*\b(?! *\()/g;
const WORDS = new Set(['and', 'or', 'unless', 'offset', 'bool', 'm', 'h', 's', 'd', 'e']);

/** The names of the series that a PromQL expression reads, each once. */
export function seriesIn(expression: string): string[] {
  const names = expression.replace(NO_METRICS, ' ').match(NAME) ?? [];
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
}

/** The metric that a series is part of: a histogram has three kinds of them. */
export const metricOf = (series: string, isMetric: (name: string) => boolean): string =>
  isMetric(series) ? series : series.replace(/_(?:bucket|sum|count)$/, '');
