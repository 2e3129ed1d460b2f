/** What every value beyond the bound is called. */
export const OTHER = 'other';

/**
 * Keeps a label to its first `valuesMax` values: each value is a series for as long as the process
 * lives, and catalogues change. Null is "none".
 */
export function boundedLabel(valuesMax: number): (value: string | null) => string {
  const known = new Set<string>();
  return (value) => {
    if (value === null) return 'none';
    if (known.has(value)) return value;
    if (known.size >= valuesMax) return OTHER;
    known.add(value);
    return value;
  };
}
