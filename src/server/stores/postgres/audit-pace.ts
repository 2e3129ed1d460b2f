/** A snapshot holds back vacuum while it lasts: a page of tenants should take about this long. */
const PAGE_MS = 5_000;
const ROWS_AT_FIRST = 500_000;
const TENANTS_MAX = 10_000;

/**
 * How many tenants the next page may have. A page scans its tenants' rows wherever they lie, so big
 * pages read the table fewer times, and small ones keep snapshots short.
 */
export class Pace {
  private tenants: number;

  /** `rows`: about how many there are of all `tenants`. */
  constructor(rows: number, tenants: number) {
    const rowsOfOne = Math.max(rows, 1) / Math.max(tenants, 1);
    this.tenants = clamp(ROWS_AT_FIRST / rowsOfOne);
  }

  get pageSize(): number {
    return this.tenants;
  }

  took(ms: number): void {
    const factor = Math.min(Math.max(PAGE_MS / Math.max(ms, 1), 0.25), 2);
    this.tenants = clamp(this.tenants * factor);
  }
}

const clamp = (tenants: number): number => Math.min(Math.max(Math.round(tenants), 1), TENANTS_MAX);
