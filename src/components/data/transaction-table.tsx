'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import type { Translate } from '@/messages';
import type { TransactionView } from '@/server/services/portal/transaction-view';
import { useT } from '../i18n/provider';
import { CopyButton } from '../ui/copy-button';
import { formatCount, formatMoney } from '../ui/format';
import { formatMs } from '../ui/format-figures';
import { type DataColumn, DataTable } from './data-table';
import { Money, restDigits } from './money';
import { StatusBadge } from './status-badge';
import { Timestamp } from './timestamp';

/** By the table's own width, since the column beside it takes some of the screen's. */
const WIDE = 'hidden @4xl:table-cell';
const MEDIUM = 'hidden @2xl:table-cell';
const FOLDED = '@2xl:hidden';
/** The outer columns of the folded table keep the card's padding. */
const FIRST_FOLDED = '@max-2xl:pl-4 sm:@max-2xl:pl-5';
const LAST_FOLDED = '@max-4xl:pr-4 sm:@max-4xl:pr-5';

/** Columns that may be put away; a phone folds them into the row anyhow. */
export const OPTIONAL_COLUMNS = ['time', 'tokens', 'duration', 'status', 'balance'] as const;
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];
export const COLUMNS_SHOWN: readonly OptionalColumn[] = ['time', 'tokens', 'status', 'balance'];

interface TransactionTableProps {
  readonly rows: readonly TransactionView[];
  readonly columns?: readonly OptionalColumn[];
  /** Opens a receipt on this page; without it the trace id leads to the page that does. */
  readonly onOpen?: (traceId: string) => void;
  readonly openTraceId?: string;
}

/** Ledger rows. On a phone a row folds into two lines; nothing scrolls sideways. */
export function TransactionTable(props: TransactionTableProps) {
  const t = useT();
  const { rows, columns = COLUMNS_SHOWN, onOpen, openTraceId } = props;
  const definitions = useMemo(() => columnsOf(rows, t, onOpen), [rows, t, onOpen]);
  return (
    <DataTable<TransactionView>
      label={t('transactions.title')}
      columns={definitions}
      rows={rows}
      rowId={(row) => row.id}
      hidden={OPTIONAL_COLUMNS.filter((column) => !columns.includes(column))}
      openId={rows.find(({ traceId }) => traceId === openTraceId)?.id ?? null}
      {...(onOpen === undefined ? {} : { onOpen: (row) => onOpen(row.traceId) })}
    />
  );
}

function columnsOf(
  rows: readonly TransactionView[],
  t: Translate,
  onOpen: TransactionTableProps['onOpen'],
): readonly DataColumn<TransactionView>[] {
  const committed = rows.filter((row) => row.status === 'COMMITTED');
  const amountDigits = restDigits(committed.map((row) => row.effectNano));
  const balanceDigits = restDigits(rows.map((row) => row.balanceAfterNano ?? '0'));
  return [
    {
      id: 'time',
      head: t('transactions.time'),
      className: `w-46 ${MEDIUM} text-ink-2`,
      cell: (row) => <Timestamp iso={row.at} />,
    },
    {
      id: 'trace',
      head: t('transactions.trace'),
      className: FIRST_FOLDED,
      cell: (row) => <TraceCell row={row} onOpen={onOpen} />,
    },
    {
      id: 'tokens',
      head: t('transactions.tokens'),
      className: `${WIDE} figures text-right text-ink-2`,
      cell: (row) =>
        row.kind === 'charge' && row.status !== 'PENDING'
          ? `${formatCount(row.inputTokens)} / ${formatCount(row.outputTokens)}`
          : '–',
    },
    {
      id: 'duration',
      head: t('transactions.duration'),
      className: `${WIDE} figures text-right text-ink-2`,
      cell: (row) => (row.durationMs === null ? '–' : formatMs(row.durationMs, t)),
    },
    {
      id: 'status',
      head: t('transactions.status'),
      className: `w-28 ${MEDIUM}`,
      cell: (row) => <StatusBadge status={row.status} />,
    },
    {
      id: 'amount',
      head: t('transactions.amount'),
      className: `w-36 text-right ${LAST_FOLDED}`,
      cell: (row) => (
        <>
          <Amount row={row} align={amountDigits} />
          <div className={`mt-1 ${FOLDED}`}>
            <StatusBadge status={row.status} />
          </div>
        </>
      ),
    },
    {
      id: 'balance',
      head: t('transactions.balance'),
      className: `${WIDE} text-right`,
      cell: (row) =>
        row.balanceAfterNano === null ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Money nano={row.balanceAfterNano} align={balanceDigits} />
        ),
    },
  ];
}

const TRACE = 'min-w-0 truncate rounded-sm text-left font-mono text-sm hover:underline';

function TraceCell(props: { row: TransactionView; onOpen: TransactionTableProps['onOpen'] }) {
  const t = useT();
  const { row, onOpen } = props;
  const { traceId } = row;
  return (
    <>
      <div className="flex items-center">
        {onOpen === undefined ? (
          <Link
            href={`/transactions?receipt=${encodeURIComponent(traceId)}`}
            title={traceId}
            className={TRACE}
          >
            {traceId}
          </Link>
        ) : (
          <button
            type="button"
            title={traceId}
            aria-haspopup="dialog"
            onClick={() => onOpen(traceId)}
            className={TRACE}
          >
            {traceId}
          </button>
        )}
        <CopyButton
          text={traceId}
          label={t('transactions.copyTrace')}
          className="-my-2 max-sm:hidden opacity-0 focus-visible:opacity-100 group-hover:opacity-100"
        />
      </div>
      <RowDetail row={row} />
      <div className={`mt-0.5 text-ink-2 text-sm ${FOLDED}`}>
        <Timestamp iso={row.at} />
      </div>
    </>
  );
}

function RowDetail({ row }: { row: TransactionView }) {
  const t = useT();
  const words =
    row.kind === 'charge'
      ? [row.model, row.isStream ? t('transactions.stream') : null, row.keyName]
      : [t(`transactions.kind.${row.kind}`), row.note];
  return <p className="truncate text-ink-2 text-sm">{words.filter((word) => word).join(' · ')}</p>;
}

function Amount({ row, align }: { row: TransactionView; align: number }) {
  const t = useT();
  if (row.status === 'PENDING' && row.holdNano !== '0') {
    return (
      <span className="figures text-ink-2">
        {t('transactions.heldNow', { amount: formatMoney(row.holdNano) })}
      </span>
    );
  }
  if (row.status !== 'COMMITTED') return <span className="text-ink-3">–</span>;
  const isCredit = !row.effectNano.startsWith('-') && row.effectNano !== '0';
  return (
    <Money
      nano={row.effectNano}
      plus
      align={align}
      className={isCredit ? 'font-medium text-accent-strong' : ''}
    />
  );
}
