import { formatUsd, type Nano } from '../../domain/money';

/** A figure that we made ourselves: written as it is, so that it adds up in a spreadsheet. */
export interface CsvFigure {
  readonly figure: string;
}

/** What a cell may hold. Strings may come from anybody. */
export type CsvCell = string | number | boolean | Date | CsvFigure | null;

/** Dollars, exact to the nano: a decimal string, never a float. */
export const usd = (nano: Nano): CsvFigure => ({ figure: formatUsd(nano) });

/**
 * Where spreadsheets see the beginning of a formula, its full-width forms too: an apostrophe comes
 * before it. In half of Europe a semicolon begins a cell, whatever quotes stand around it here.
 */
const FORMULA = /(^|;)(?=[=+\-@\t\r\n＝＋－＠])/g;
const NEEDS_QUOTES = /[",\r\n]/;

/** A byte order mark: without it Excel reads UTF-8 as the local code page, and names turn to noise. */
export const CSV_BOM = '\uFEFF';

/** A line of RFC 4180, with its end. */
export const csvLine = (cells: readonly CsvCell[]): string => `${cells.map(print).join(',')}\r\n`;

function print(cell: CsvCell): string {
  if (cell === null) return '';
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === 'object') return cell.figure;
  if (typeof cell !== 'string') return String(cell);
  const safe = cell.replaceAll(FORMULA, "$1'");
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
