'use client';

import type { ReceiptView } from '@/server/domain/receipt';
import { useT } from '../../i18n/provider';
import { formatCount, formatMoney } from '../../ui/format';
import { Part } from './facts';
import { receiptLines } from './lines';

const CELL = 'py-1 pl-3 text-right first:pl-0 first:text-left';
const HEAD = `${CELL} font-medium text-ink-2 text-xs`;

/** Tokens by kind at the prices of the admission, and how both counts of them compare. */
export function TokenLines({ receipt }: { receipt: ReceiptView }) {
  const t = useT();
  const { status, reasoningTokens } = receipt;
  if (status === 'VOIDED') return null;
  const lines = receiptLines(receipt);
  const align = Math.max(...lines.map(({ cost }) => cost?.length ?? 0), totalText(receipt).length);
  return (
    <Part title={t('receipt.tokens')}>
      <table className="figures w-full">
        <thead className="border-line border-b">
          <tr>
            <th scope="col" className={HEAD}>
              {t('receipt.kindOfToken')}
            </th>
            <th scope="col" className={HEAD}>
              {t('receipt.count')}
            </th>
            <th scope="col" className={HEAD}>
              {t('receipt.perMillion')}
            </th>
            <th scope="col" className={HEAD}>
              {t('receipt.cost')}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.kind}>
              <th scope="row" className={`${CELL} font-normal`}>
                {t(`receipt.token.${line.kind}`)}
              </th>
              <td className={CELL}>{formatCount(line.tokens)}</td>
              <td className={`${CELL} text-ink-2`}>
                {line.pricePerMillion === null ? '–' : formatMoney(line.pricePerMillion)}
              </td>
              <td className={CELL}>
                {status === 'PENDING' || line.cost === null ? (
                  '–'
                ) : (
                  <Cost text={line.cost} align={align} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
        {status === 'PENDING' ? null : (
          <tfoot className="border-line border-t font-medium">
            <tr>
              <th scope="row" colSpan={3} className={CELL}>
                {t('receipt.charged')}
              </th>
              <td className={CELL}>
                <Cost text={totalText(receipt)} align={align} />
              </td>
            </tr>
          </tfoot>
        )}
      </table>
      {reasoningTokens > 0 ? (
        <p className="figures mt-1.5 text-ink-2 text-sm">
          {t('receipt.reasoning', { count: formatCount(reasoningTokens) })}
        </p>
      ) : null}
      <Readings receipt={receipt} />
    </Part>
  );
}

const totalText = ({ amount }: ReceiptView): string => formatMoney(amount);

/** Unseen zeros keep the decimal points of the column in line. */
function Cost({ text, align }: { text: string; align: number }) {
  return (
    <span
      data-padding={'0'.repeat(Math.max(0, align - text.length))}
      className="after:invisible after:content-[attr(data-padding)]"
    >
      {text}
    </span>
  );
}

/** Our own count beside the upstream's, where there are both and they differ. */
function Readings({ receipt }: { receipt: ReceiptView }) {
  const t = useT();
  const { countedInputTokens, countedOutputTokens } = receipt;
  const { reportedInputTokens, reportedOutputTokens } = receipt;
  const isSame =
    countedInputTokens === reportedInputTokens && countedOutputTokens === reportedOutputTokens;
  if (reportedInputTokens === null || countedOutputTokens === null || isSame) return null;
  const pair = (input: number | null, output: number | null) =>
    `${formatCount(input ?? 0)} / ${formatCount(output ?? 0)}`;
  return (
    <p className="figures mt-1.5 text-ink-2 text-sm">
      {t('receipt.readings', {
        counted: pair(countedInputTokens, countedOutputTokens),
        reported: pair(reportedInputTokens, reportedOutputTokens),
      })}
    </p>
  );
}
