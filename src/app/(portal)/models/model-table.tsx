'use client';

import { Money, restDigits } from '@/components/data/money';
import { SortHead, type Sorting } from '@/components/data/sort-head';
import { useT } from '@/components/i18n/provider';
import { Badge } from '@/components/ui/badge';
import { formatCount } from '@/components/ui/format';
import { perMillion } from '@/server/domain/pricing';
import type { ModelView } from '@/server/services/models/view';
import type { ModelSort, PricedModel } from './choose-models';

const CELL = 'px-2.5 py-3 align-top first:pl-4 last:pr-4 sm:first:pl-5 sm:last:pr-5';
const WIDE = 'hidden @3xl:table-cell';
const MEDIUM = 'hidden @xl:table-cell';

interface ModelTableProps {
  readonly rows: readonly PricedModel[];
  /** The least that any of the whole list costs, if that is more than one. */
  readonly cheapest: bigint | null;
  readonly sort: Sorting<ModelSort>;
  readonly onSort: (sort: Sorting<ModelSort>) => void;
}

/** Prices for a million tokens. On a phone a row folds; nothing scrolls sideways. */
export function ModelTable({ rows, cheapest, sort, onSort }: ModelTableProps) {
  const t = useT();
  const head = { sort, onSort };
  const digits = restDigits(rows.map(({ costNano }) => String(costNano)));
  return (
    <div className="@container">
      <table className="w-full text-left">
        <thead className="border-line border-b">
          <tr>
            <SortHead {...head} by="name" label={t('models.name')} />
            <SortHead {...head} by="input" label={t('models.input')} isRight className={MEDIUM} />
            <SortHead {...head} by="output" label={t('models.output')} isRight className={MEDIUM} />
            <SortHead
              {...head}
              by="context"
              label={t('models.context')}
              isRight
              firstDescending
              className={WIDE}
            />
            <SortHead {...head} by="cost" label={t('models.cost')} isRight />
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map(({ model, costNano, price }) => (
            <tr key={model.id} className="transition-colors hover:bg-sunken/60">
              <td className={CELL}>
                <p className="break-all font-medium font-mono text-sm">{model.id}</p>
                <Features model={model} />
                <p className="figures mt-1.5 text-ink-2 text-sm @xl:hidden">
                  {t('models.prices', {
                    input: `$${perMillion(price.input)}`,
                    output: `$${perMillion(price.output)}`,
                  })}
                </p>
              </td>
              <td className={`${CELL} ${MEDIUM} figures text-right`}>
                ${perMillion(price.input)}
                {price.cachedInput === null ? null : (
                  <span className="block text-ink-2 text-sm">
                    {t('models.cached', { price: `$${perMillion(price.cachedInput)}` })}
                  </span>
                )}
              </td>
              <td className={`${CELL} ${MEDIUM} figures text-right`}>
                ${perMillion(price.output)}
              </td>
              <td className={`${CELL} ${WIDE} figures text-right`}>
                {model.contextWindow === null ? (
                  <span className="text-ink-3">{t('models.unstated')}</span>
                ) : (
                  formatCount(model.contextWindow)
                )}
                {model.maxOutputTokens === null ? null : (
                  <span className="block text-ink-2 text-sm">
                    {t('models.maxOutput', { count: formatCount(model.maxOutputTokens) })}
                  </span>
                )}
              </td>
              <td className={`${CELL} text-right font-medium`}>
                <Money nano={String(costNano)} align={digits} />
                {costNano === cheapest ? (
                  <span className="mt-0.5 block">
                    <Badge tone="good">{t('models.cheapest')}</Badge>
                  </span>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a bill goes by, and with which vocabulary text is counted. */
function Features({ model }: { model: ModelView }) {
  const t = useT();
  return (
    <p className="mt-1 flex flex-wrap gap-1.5">
      <Badge tone="muted">{t(`models.usage.${model.usageSource}`)}</Badge>
      {model.tokenizer === null ? null : <Badge tone="muted">{model.tokenizer}</Badge>}
      {model.cachedInputPrice === null ? null : (
        <Badge tone="muted">{t('models.cachePriced')}</Badge>
      )}
    </p>
  );
}
