'use client';

import {
  type ColumnDef,
  columnVisibilityFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type MouseEvent, type ReactNode, useMemo } from 'react';

/** One column of a table: what stands in its head, and what a row has there. */
export interface DataColumn<Row> {
  readonly id: string;
  readonly head: ReactNode;
  readonly cell: (row: Row) => ReactNode;
  /** For head and cells alike: width, alignment, and from which width of the table on it is shown. */
  readonly className?: string;
}

interface DataTableProps<Row extends object> {
  /** What the rows are, for screen readers. */
  readonly label: string;
  readonly columns: readonly DataColumn<Row>[];
  readonly rows: readonly Row[];
  readonly rowId: (row: Row) => string;
  /** Ids of columns that the user has put away. */
  readonly hidden?: readonly string[];
  /** A click anywhere on a row. The keyboard needs a button in one of its cells beside it. */
  readonly onOpen?: (row: Row) => void;
  /** The id of the row whose details are open. */
  readonly openId?: string | null;
}

const features = tableFeatures({ columnVisibilityFeature });
const CELL = 'px-2.5 py-2.5 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';

/**
 * A table that folds by its own width: class names such as `hidden @2xl:table-cell` speak of it, not of
 * the screen. Rows come in the order that the server gave them. Cells are called, not mounted as
 * components of their own: columns that are made anew do not take the focus out of them.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, hidden = [], onOpen, openId = null } = props;
  const definitions = useMemo(
    () => columns.map(({ id }): ColumnDef<typeof features, Row> => ({ id })),
    [columns],
  );
  const columnById = useMemo(() => new Map(columns.map((one) => [one.id, one])), [columns]);
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: rowId,
    state: { columnVisibility: Object.fromEntries(hidden.map((id) => [id, false])) },
  });
  return (
    <div className="@container">
      <table aria-label={label} className="w-full table-fixed text-left @4xl:table-auto">
        <thead className="border-line border-b">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <th
                  key={header.id}
                  scope="col"
                  className={`${CELL} whitespace-nowrap font-medium text-ink-2 text-xs ${columnById.get(header.column.id)?.className ?? ''}`}
                >
                  {columnById.get(header.column.id)?.head}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody className="divide-y divide-line">
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              data-open={row.id === openId ? '' : undefined}
              onClick={onOpen === undefined ? undefined : (event) => open(event, row.original)}
              className={`group align-top transition-colors hover:bg-sunken/60 data-open:bg-sunken ${onOpen === undefined ? '' : 'cursor-pointer'}`}
            >
              {row.getVisibleCells().map((cell) => (
                <td
                  key={cell.id}
                  className={`${CELL} ${columnById.get(cell.column.id)?.className ?? ''}`}
                >
                  {columnById.get(cell.column.id)?.cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );

  /** Not for a button within the row, and not while text is being chosen to copy. */
  function open(event: MouseEvent, row: Row) {
    const { target } = event;
    if (target instanceof Element && target.closest('button, a') !== null) return;
    if (window.getSelection()?.isCollapsed === false) return;
    onOpen?.(row);
  }
}
