'use client';

import { Money } from '@/components/data/money';
import { useT } from '@/components/i18n/provider';
import { formatCount, usdParts } from '@/components/ui/format';

interface BalancePanelProps {
  readonly availableNano: string;
  readonly heldNano: string;
  readonly inFlight: number;
  readonly creditLimitNano: string;
}

export function BalancePanel(props: BalancePanelProps) {
  const t = useT();
  const { sign, main, rest } = usdParts(props.availableNano);
  return (
    <div className="@md:col-span-2 flex @3xl:col-span-1 flex-col p-4 sm:p-5">
      <h2 className="font-medium text-ink-2 text-sm">{t('overview.available')}</h2>
      <p
        data-testid="available-balance"
        className={`mt-1.5 font-semibold text-3xl tracking-tight ${sign === '−' ? 'text-danger' : ''}`}
      >
        {sign}
        {main}
        <span className="font-normal text-ink-3 text-xl tracking-normal">{rest}</span>
      </p>
      <p className="mt-auto flex flex-wrap gap-x-4 gap-y-1 pt-4 text-ink-2 text-sm">
        {props.heldNano === '0' ? (
          <span>{t('overview.noneHeld')}</span>
        ) : (
          <span>
            <Money nano={props.heldNano} className="text-ink" />{' '}
            {t('overview.held', { count: formatCount(props.inFlight) })}
          </span>
        )}
        {props.creditLimitNano === '0' ? null : (
          <span>
            <Money nano={props.creditLimitNano} className="text-ink" /> {t('overview.credit')}
          </span>
        )}
      </p>
    </div>
  );
}
