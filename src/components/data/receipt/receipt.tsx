'use client';

import { instantOfId } from '@/server/domain/id-text';
import type { ReceiptView } from '@/server/domain/receipt';
import { useT } from '../../i18n/provider';
import { usdParts } from '../../ui/format';
import { formatMs } from '../../ui/format-figures';
import { Money, restDigits } from '../money';
import { StatusBadge } from '../status-badge';
import { Timestamp } from '../timestamp';
import { Facts, Part } from './facts';
import { TokenLines } from './token-lines';
import { finishText, sourceText } from './words';

interface ReceiptProps {
  readonly receipt: ReceiptView;
  /** What its key is called; null: it has none, or one that is not known. */
  readonly keyName: string | null;
  readonly onOpen: (traceId: string) => void;
}

/** Everything that the ledger knows of one row, the sum first. */
export function Receipt({ receipt, keyName, onOpen }: ReceiptProps) {
  return (
    <>
      <Total receipt={receipt} />
      {receipt.kind === 'charge' ? <TokenLines receipt={receipt} /> : null}
      <Settlement receipt={receipt} />
      {receipt.kind === 'charge' ? <Request receipt={receipt} keyName={keyName} /> : null}
      <Refunds receipt={receipt} onOpen={onOpen} />
    </>
  );
}

function Total({ receipt }: { receipt: ReceiptView }) {
  const t = useT();
  const { kind, status, amount, note } = receipt;
  const effect = kind === 'charge' ? String(-BigInt(amount)) : amount;
  const words =
    status === 'PENDING' ? t('receipt.pending') : status === 'VOIDED' ? t('receipt.voided') : note;
  const { sign, main, rest } = usdParts(
    status === 'PENDING' ? receipt.hold : effect,
    kind !== 'charge',
  );
  return (
    <div className="px-5 py-5">
      <p className="flex items-center gap-2 text-ink-2 text-sm">
        {t(`transactions.kind.${kind}`)}
        <StatusBadge status={status} />
      </p>
      <p className="mt-1 font-semibold text-2xl tracking-tight">
        {sign}
        {main}
        <span className="font-normal text-ink-3 text-lg tracking-normal">{rest}</span>
      </p>
      {words === null ? null : <p className="mt-1 break-words text-ink-2 text-sm">{words}</p>}
    </div>
  );
}

function Settlement({ receipt }: { receipt: ReceiptView }) {
  const t = useT();
  const { amount, hold, status, kind, balanceAfter, committedAt } = receipt;
  const released = BigInt(hold) - BigInt(amount);
  const isCharge = kind === 'charge';
  const shown = isCharge ? [hold, amount, String(released), balanceAfter ?? '0'] : ['0'];
  const money = { align: restDigits(shown) };
  return (
    <Part title={t('receipt.settlement')}>
      <Facts
        facts={[
          {
            name: t(isCharge ? 'receipt.asked' : 'receipt.booked'),
            value: <Timestamp iso={instantOfId(receipt.id).toISOString()} />,
          },
          { name: t('receipt.hold'), value: isCharge ? <Money nano={hold} {...money} /> : null },
          {
            name: t('receipt.charged'),
            value: isCharge && status === 'COMMITTED' ? <Money nano={amount} {...money} /> : null,
          },
          {
            name: t('receipt.released'),
            value:
              isCharge && status !== 'PENDING' && released > 0n ? (
                <Money nano={String(released)} {...money} />
              ) : null,
          },
          {
            name: t('receipt.refunded'),
            value:
              receipt.refunds.length > 0 ? (
                <Money nano={receipt.refundedAmount} {...money} />
              ) : null,
          },
          {
            name: t('receipt.settled'),
            value: committedAt === null || !isCharge ? null : <Timestamp iso={committedAt} />,
          },
          {
            name: t('transactions.balance'),
            value:
              balanceAfter === null ? null : (
                <Money nano={balanceAfter} className="font-medium" {...money} />
              ),
          },
        ]}
      />
    </Part>
  );
}

function Request({ receipt, keyName }: { receipt: ReceiptView; keyName: string | null }) {
  const t = useT();
  const ms = (value: number | null) => (value === null ? null : formatMs(value, t));
  return (
    <Part title={t('receipt.request')}>
      <Facts
        facts={[
          { name: t('transactions.model'), value: receipt.model },
          { name: t('transactions.key'), value: keyName },
          { name: t('receipt.endpoint'), value: receipt.endpoint },
          { name: t('receipt.streamed'), value: t(receipt.isStream ? 'common.yes' : 'common.no') },
          { name: t('receipt.upstream'), value: receipt.upstream },
          { name: t('receipt.finish'), value: finishText(receipt.finish, t) },
          { name: t('receipt.attempt'), value: receipt.attempt > 1 ? receipt.attempt : null },
          { name: t('receipt.firstByte'), value: ms(receipt.firstByteMs) },
          { name: t('receipt.upstreamTime'), value: ms(receipt.upstreamMs) },
          { name: t('transactions.duration'), value: ms(receipt.durationMs) },
          { name: t('receipt.source'), value: sourceText(receipt.usageSource, t) },
        ]}
      />
    </Part>
  );
}

function Refunds(props: { receipt: ReceiptView; onOpen: (traceId: string) => void }) {
  const t = useT();
  const { refunds, refundOf } = props.receipt;
  if (refundOf === null && refunds.length === 0) return null;
  const link = (traceId: string) => (
    <button
      type="button"
      onClick={() => props.onOpen(traceId)}
      className="min-w-0 truncate rounded-sm font-mono text-accent-strong text-sm hover:underline"
    >
      {traceId}
    </button>
  );
  return (
    <Part title={t(refundOf === null ? 'receipt.refunds' : 'receipt.refundOf')}>
      {refundOf === null ? null : link(refundOf)}
      <ul className="space-y-1.5">
        {refunds.map((refund) => (
          <li key={refund.traceId} className="flex items-baseline justify-between gap-4">
            {link(refund.traceId)}
            <Money nano={refund.amount} plus className="text-accent-strong" />
          </li>
        ))}
      </ul>
    </Part>
  );
}
