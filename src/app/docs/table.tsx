import type { ReactNode } from 'react';

/** A table that scrolls by itself where the page is narrow. */
export function Table(props: { head: readonly string[]; label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard.
    <section className="overflow-x-auto" aria-label={props.label} tabIndex={0}>
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="border-line border-b text-ink-3">
            {props.head.map((title) => (
              <th key={title} scope="col" className="py-2 pr-6 font-medium">
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

/** A row whose first cell is code; the others are text. */
export function Row({ name, children }: { name: string; children: readonly ReactNode[] }) {
  return (
    <tr className="border-line border-b align-top last:border-b-0">
      <th scope="row" className="py-2 pr-6 font-mono font-normal text-ink">
        {name}
      </th>
      {children.map((cell, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns never move.
        <td key={index} className="py-2 pr-6 text-ink-2">
          {cell}
        </td>
      ))}
    </tr>
  );
}
