'use client';

import { ArrowDown, ArrowUp } from 'lucide-react';

export interface Sorting<Column extends string> {
  readonly by: Column;
  readonly isDescending: boolean;
}

interface SortHeadProps<Column extends string> {
  readonly by: Column;
  readonly label: string;
  readonly sort: Sorting<Column>;
  readonly onSort: (sort: Sorting<Column>) => void;
  /** Which way it goes first: a name from A on, a time from now back. */
  readonly firstDescending?: boolean;
  readonly isRight?: boolean;
  readonly className?: string;
}

/** The head of a column that sorts its table. */
export function SortHead<Column extends string>(props: SortHeadProps<Column>) {
  const { by, sort, firstDescending = false, isRight = false } = props;
  const isChosen = sort.by === by;
  const direction = sort.isDescending ? 'descending' : 'ascending';
  const Arrow = sort.isDescending ? ArrowDown : ArrowUp;
  const isDescending = isChosen ? !sort.isDescending : firstDescending;
  const arrow = (
    <Arrow className={`size-3.5 shrink-0 ${isChosen ? '' : 'opacity-0'}`} aria-hidden="true" />
  );
  return (
    <th
      scope="col"
      aria-sort={isChosen ? direction : undefined}
      className={`px-2.5 py-1 font-medium text-ink-2 text-xs first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5 ${isRight ? 'text-right' : ''} ${props.className ?? ''}`}
    >
      <button
        type="button"
        onClick={() => props.onSort({ by, isDescending })}
        className="-mx-1 inline-flex h-8 items-center gap-1 whitespace-nowrap rounded-sm px-1 hover:text-ink"
      >
        {isRight ? arrow : null}
        {props.label}
        {isRight ? null : arrow}
      </button>
    </th>
  );
}
