'use client';

import { useMemo } from 'react';
import { type DataColumn, DataTable } from '@/components/data/data-table';
import { Timestamp } from '@/components/data/timestamp';
import { useT } from '@/components/i18n/provider';
import type { Translate } from '@/messages/translate';
import type { ActivityView } from '@/server/services/portal/list-activity';
import { browserText } from './browser-text';
import { actionText, actorText } from './words';

const WIDE = 'hidden @3xl:table-cell';
const MEDIUM = 'hidden @xl:table-cell';
const FOLDED = '@xl:hidden';
const FIRST_FOLDED = '@max-xl:pl-4 sm:@max-xl:pl-5';
const LAST_FOLDED = '@max-3xl:pr-4 sm:@max-3xl:pr-5';

interface ActivityTableProps {
  readonly rows: readonly ActivityView[];
  readonly openId: string;
  readonly onOpen: (id: string) => void;
}

/** Entries of the log, a sentence each; on a phone when and who fold beneath it. */
export function ActivityTable({ rows, openId, onOpen }: ActivityTableProps) {
  const t = useT();
  const columns = useMemo(() => columnsOf(t, onOpen), [t, onOpen]);
  return (
    <DataTable<ActivityView>
      label={t('activity.title')}
      columns={columns}
      rows={rows}
      rowId={({ id }) => id}
      openId={openId}
      onOpen={({ id }) => onOpen(id)}
    />
  );
}

const columnsOf = (
  t: Translate,
  onOpen: ActivityTableProps['onOpen'],
): readonly DataColumn<ActivityView>[] => [
  {
    id: 'time',
    head: t('activity.time'),
    className: `w-46 ${MEDIUM} text-ink-2`,
    cell: (row) => <Timestamp iso={row.at} />,
  },
  {
    id: 'actor',
    head: t('activity.actor'),
    className: `w-48 ${MEDIUM}`,
    cell: (row) => <Actor row={row} />,
  },
  {
    id: 'action',
    head: t('activity.action'),
    className: `${FIRST_FOLDED} ${LAST_FOLDED}`,
    cell: (row) => (
      <>
        <button
          type="button"
          aria-haspopup="dialog"
          onClick={() => onOpen(row.id)}
          className="rounded-sm text-left font-medium hover:underline"
        >
          {actionText(row.action, t)}
        </button>
        {row.targetName === null ? null : (
          <p className="break-words text-ink-2 text-sm">{row.targetName}</p>
        )}
        <p className={`mt-0.5 flex flex-wrap gap-x-2 text-ink-2 text-sm ${FOLDED}`}>
          <span>{actorText(row.actor, t)}</span>
          <Timestamp iso={row.at} />
        </p>
      </>
    ),
  },
  {
    id: 'from',
    head: t('activity.from'),
    className: `${WIDE} w-52`,
    cell: (row) => (
      <>
        <p className="figures truncate">{row.address ?? '–'}</p>
        {row.userAgent === null ? null : (
          <p className="truncate text-ink-2 text-sm">{browserText(row.userAgent, t)}</p>
        )}
      </>
    ),
  },
];

function Actor({ row }: { row: ActivityView }) {
  const t = useT();
  return (
    <>
      <p className="truncate">{actorText(row.actor, t)}</p>
      {row.actor.kind === 'account' && row.actor.email !== null ? (
        <p className="truncate text-ink-2 text-sm" title={row.actor.email}>
          {row.actor.email}
        </p>
      ) : null}
    </>
  );
}
