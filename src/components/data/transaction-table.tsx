'use client';

import type { TransactionView } from '@/server/services/portal/transaction-view';
import { useT } from '../i18n/provider';
import { CopyButton } from '../ui/copy-button';
import { formatCount, formatMoney } from '../ui/format';
import { Money } from './money';
import { StatusBadge } from './status-badge';
import { Timestamp } from './timestamp';

const CELL = 'px-2.5 py-2.5 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} font-medium text-ink-2 text-xs`;
const WIDE = 'hidden lg:table-cell';
const MEDIUM = 'hidden sm:table-cell';

/** Ledger rows. On a phone a row folds into two lines; nothing scrolls sideways. */
export function TransactionTable({ rows }: { rows: readonly TransactionView[] }) {
  const t = useT();
  return (
    <table className="w-full table-fixed text-left lg:table-auto">
      <thead className="border-line border-b">
        <tr>
          <th scope="col" className={`${HEAD} w-44 ${MEDIUM}`}>
            {t('transactions.time')}
          </th>
          <th scope="col" className={HEAD}>
            {t('transactions.trace')}
          </th>
          <th scope="col" className={`${HEAD} ${WIDE} text-right`}>
            {t('transactions.tokens')}
          </th>
          <th scope="col" className={`${HEAD} w-28 ${MEDIUM}`}>
            {t('transactions.status')}
          </th>
          <th scope="col" className={`${HEAD} w-32 text-right`}>
            {t('transactions.amount')}
          </th>
          <th scope="col" className={`${HEAD} ${WIDE} text-right`}>
            {t('transactions.balance')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map((row) => (
          <TransactionRow key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

function TransactionRow({ row }: { row: TransactionView }) {
  const t = useT();
  return (
    <tr className="group align-top transition-colors hover:bg-sunken/60">
      <td className={`${CELL} ${MEDIUM} text-ink-2`}>
        <Timestamp iso={row.createdAt} />
      </td>
      <td className={CELL}>
        <div className="flex items-center">
          <span className="truncate font-mono text-sm" title={row.traceId}>
            {row.traceId}
          </span>
          <CopyButton
            text={row.traceId}
            label={t('transactions.copyTrace')}
            className="-my-2 opacity-0 focus-visible:opacity-100 group-hover:opacity-100"
          />
        </div>
        <RowDetail row={row} />
        <div className="mt-0.5 text-ink-2 text-sm sm:hidden">
          <Timestamp iso={row.createdAt} />
        </div>
      </td>
      <td className={`${CELL} ${WIDE} figures text-right text-ink-2`}>
        {row.kind === 'charge'
          ? `${formatCount(row.inputTokens)} / ${formatCount(row.outputTokens)}`
          : '–'}
      </td>
      <td className={`${CELL} ${MEDIUM}`}>
        <StatusBadge status={row.status} />
      </td>
      <td className={`${CELL} text-right`}>
        <Amount row={row} />
        <div className="mt-1 sm:hidden">
          <StatusBadge status={row.status} />
        </div>
      </td>
      <td className={`${CELL} ${WIDE} text-right`}>
        {row.balanceAfterNano === null ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Money nano={row.balanceAfterNano} />
        )}
      </td>
    </tr>
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

function Amount({ row }: { row: TransactionView }) {
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
      className={isCredit ? 'font-medium text-accent-strong' : ''}
    />
  );
}
