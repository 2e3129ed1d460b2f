/** The columns of `usage_rollup` and `usage_daily` that are summed up. */
export const USAGE_FIGURES = [
  'requests',
  'voided',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'amount',
  'duration_ms',
  'timed',
  'first_byte_ms',
  'first_bytes',
] as const;

const listed = (one: (name: string) => string) => USAGE_FIGURES.map(one).join(', ');

/** Parts of statements, each with all figures in their order. */
export const USAGE = {
  names: listed((name) => name),
  summed: listed((name) => `sum(${name})`),
  /** What `on conflict do update set` does to a row that is called u. */
  added: listed((name) => `${name} = u.${name} + excluded.${name}`),
  negated: listed((name) => `-${name}`),
  summedAsText: listed((name) => `sum(${name})::text as ${name}`),
} as const;

/** Whether any of their sums is not nothing. */
export const HAS_USAGE = `(${USAGE.summed}) <> (${listed(() => '0')})`;
