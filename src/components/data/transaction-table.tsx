'use client';

import type { TransactionView } from '@/server/services/portal/transaction-view';
import { useT } from '../i18n/provider';
import { CopyButton } from '../ui/copy-button';
import { formatCount, formatMoney } from '../ui/format';
import { Money, restDigits } from './money';
import { StatusBadge } from './status-badge';
import { Timestamp } from './timestamp';

const CELL = 'px-2.5 py-2.5 first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';
const HEAD = `${CELL} whitespace-nowrap font-medium text-ink-2 text-xs`;
/** By the table's own width, since the column beside it takes some of the screen's. */
const WIDE = 'hidden @4xl:table-cell';
const MEDIUM = 'hidden @2xl:table-cell';
const FOLDED = '@2xl:hidden';
/** The outer columns of the folded table keep the card's padding. */
const FIRST_FOLDED = '@max-2xl:pl-4 sm:@max-2xl:pl-5';
const LAST_FOLDED = '@max-4xl:pr-4 sm:@max-4xl:pr-5';

/** Digits to leave room for beyond the cents, by column. */
interface Alignment {
  readonly amount: number;
  readonly balance: number;
}

/** Ledger rows. On a phone a row folds into two lines; nothing scrolls sideways. */
export function TransactionTable({ rows }: { rows: readonly TransactionView[] }) {
  const t = useT();
  const align: Alignment = {
    amount: restDigits(
      rows.filter((row) => row.status === 'COMMITTED').map((row) => row.effectNano),
    ),
    balance: restDigits(rows.map((row) => row.balanceAfterNano ?? '0')),
  };
  return (
    <div className="@container">
      <table className="w-full table-fixed text-left @4xl:table-auto">
        <thead className="border-line border-b">
          <tr>
            <th scope="col" className={`${HEAD} w-46 ${MEDIUM}`}>
              {t('transactions.time')}
            </th>
            <th scope="col" className={`${HEAD} ${FIRST_FOLDED}`}>
              {t('transactions.trace')}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE} text-right`}>
              {t('transactions.tokens')}
            </th>
            <th scope="col" className={`${HEAD} w-28 ${MEDIUM}`}>
              {t('transactions.status')}
            </th>
            <th scope="col" className={`${HEAD} w-36 text-right ${LAST_FOLDED}`}>
              {t('transactions.amount')}
            </th>
            <th scope="col" className={`${HEAD} ${WIDE} text-right`}>
              {t('transactions.balance')}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <TransactionRow key={row.id} row={row} align={align} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TransactionRow({ row, align }: { row: TransactionView; align: Alignment }) {
  const t = useT();
  return (
    <tr className="group align-top transition-colors hover:bg-sunken/60">
      <td className={`${CELL} ${MEDIUM} text-ink-2`}>
        <Timestamp iso={row.createdAt} />
      </td>
      <td className={`${CELL} ${FIRST_FOLDED}`}>
        <div className="flex items-center">
          <span className="truncate font-mono text-sm" title={row.traceId}>
            {row.traceId}
          </span>
          <CopyButton
            text={row.traceId}
            label={t('transactions.copyTrace')}
            className="-my-2 max-sm:hidden opacity-0 focus-visible:opacity-100 group-hover:opacity-100"
          />
        </div>
        <RowDetail row={row} />
        <div className={`mt-0.5 text-ink-2 text-sm ${FOLDED}`}>
          <Timestamp iso={row.createdAt} />
        </div>
      </td>
      <td className={`${CELL} ${WIDE} figures text-right text-ink-2`}>
        {row.kind === 'charge' && row.status !== 'PENDING'
          ? `${formatCount(row.inputTokens)} / ${formatCount(row.outputTokens)}`
          : '–'}
      </td>
      <td className={`${CELL} ${MEDIUM}`}>
        <StatusBadge status={row.status} />
      </td>
      <td className={`${CELL} text-right ${LAST_FOLDED}`}>
        <Amount row={row} align={align.amount} />
        <div className={`mt-1 ${FOLDED}`}>
          <StatusBadge status={row.status} />
        </div>
      </td>
      <td className={`${CELL} ${WIDE} text-right`}>
        {row.balanceAfterNano === null ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Money nano={row.balanceAfterNano} align={align.balance} />
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
