'use client';

import { ArrowDownRight, ArrowUpRight, Minus } from 'lucide-react';
import { useLanguage } from '../i18n/provider';
import { formatPercent } from '../ui/format-figures';

/** By how much a figure went up or down. Without a colour: less spend is not bad, nor is more. */
export function Change({ share }: { share: number | null }) {
  const { locale, t } = useLanguage();
  if (share === null) return <span className="text-ink-3">–</span>;
  const Icon = share > 0 ? ArrowUpRight : share < 0 ? ArrowDownRight : Minus;
  const text = formatPercent(Math.abs(share), locale);
  return (
    <span className="figures inline-flex items-center gap-0.5 whitespace-nowrap">
      <Icon className="size-3.5" aria-hidden="true" />
      <span className="sr-only">
        {t(share > 0 ? 'usage.up' : share < 0 ? 'usage.down' : 'usage.same')}
      </span>
      {text}
    </span>
  );
}
