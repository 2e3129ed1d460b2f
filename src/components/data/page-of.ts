/** A page of a list that is here as a whole. */
export interface PageOf<Row> {
  readonly rows: readonly Row[];
  /** From zero; never beyond the last. */
  readonly page: number;
  /** At least one. */
  readonly pages: number;
  /** The first and the last row of it, counted from one; zero where there is none. */
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/** The page that was asked for, or the last one where the list has become shorter. */
export function pageOf<Row>(rows: readonly Row[], asked: number, size: number): PageOf<Row> {
  const total = rows.length;
  const pages = Math.max(1, Math.ceil(total / size));
  const page = Math.min(asked, pages - 1);
  const shown = rows.slice(page * size, (page + 1) * size);
  const from = total === 0 ? 0 : page * size + 1;
  return { rows: shown, page, pages, from, to: page * size + shown.length, total };
}
