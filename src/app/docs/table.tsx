import type { ReactNode } from 'react';

/** A table that scrolls by itself where the page is narrow. */
export function Table(props: { head: readonly string[]; label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="overflow-x-auto" aria-label={props.label} tabIndex={0}>
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="border-line border-b text-ink-3">
            {props.head.map((title, index) => (
              <th
                key={title}
                scope="col"
                className={cellClass(isFolded(index, props.head.length), 'font-medium')}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </section>
  );
}

/** On a phone, the middle one of three columns stands below the first. */
const isFolded = (column: number, columns: number): boolean => columns === 3 && column === 1;

const cellClass = (folded: boolean, rest: string): string =>
  `py-2 pr-6 last:pr-0 ${rest}${folded ? ' max-sm:hidden' : ''}`;

/** A row whose first cell is code; the others are text. */
export function Row({ name, children }: { name: string; children: readonly ReactNode[] }) {
  const folded = children.find((_cell, index) => isFolded(index + 1, children.length + 1));
  return (
    <tr className="border-line border-b align-top last:border-b-0">
      <th scope="row" className={cellClass(false, 'break-words font-normal')}>
        <span className="font-mono text-ink">{name}</span>
        {folded === undefined ? null : <div className="text-ink-3 sm:hidden">{folded}</div>}
      </th>
      {children.map((cell, index) => (
        <td
          // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move.
          key={index}
          className={cellClass(isFolded(index + 1, children.length + 1), 'text-ink-2')}
        >
          {cell}
        </td>
      ))}
    </tr>
  );
}
