'use client';

import { Bell } from 'lucide-react';
import { useState } from 'react';
import { LocalTime } from '@/components/data/local-time';
import { Money } from '@/components/data/money';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Card, CardHeader } from '@/components/ui/card';
import { formatMoney } from '@/components/ui/format';
import { Empty } from '@/components/ui/notice';
import { onDemand, useOnDemand } from '@/components/ui/on-demand';
import type { BudgetPage, BudgetView } from '@/server/services/budgets/get';
import { BudgetBar } from './budget-bar';
import { WebhookLine } from './webhook-line';

const dialogs = onDemand(() => import('./budget-dialog'));

/** The organisation's own budget for a month: how far it is, and who hears of it. */
export function BudgetCard({ page }: { page: BudgetPage }) {
  const t = useT();
  const [open, setOpen] = useState(false);
  const parts = useOnDemand(dialogs, open);
  const { budget, mayChange } = page;
  const edit = (label: string, look: 'primary' | 'secondary') => (
    <Button look={look} onClick={() => setOpen(true)}>
      {label}
    </Button>
  );
  return (
    <Card>
      <CardHeader title={t('budget.title')}>
        {budget !== null && mayChange ? edit(t('budget.edit'), 'secondary') : null}
      </CardHeader>
      {budget === null ? (
        <Empty icon={Bell} title={t('budget.none')} hint={t('budget.noneHint')}>
          {mayChange ? edit(t('budget.set'), 'primary') : null}
        </Empty>
      ) : (
        <BudgetUse page={page} budget={budget} />
      )}
      {budget === null && page.webhook === null ? null : <WebhookLine page={page} />}
      {open && parts !== null ? (
        <parts.BudgetDialog page={page} onClose={() => setOpen(false)} />
      ) : null}
    </Card>
  );
}

function BudgetUse({ page, budget }: { page: BudgetPage; budget: BudgetView }) {
  const t = useT();
  const [spent, amount] = [BigInt(page.spentNano), BigInt(budget.amountNano)];
  const percent = Number((spent * 100n) / amount);
  return (
    <div className="p-4 sm:p-5">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <Money nano={page.spentNano} className="font-semibold text-2xl tracking-tight" />
        <span className="text-ink-2">
          {t('budget.of', { amount: formatMoney(budget.amountNano), percent })}
        </span>
      </p>
      <div className="mt-4">
        <BudgetBar spent={spent} amount={amount} thresholds={budget.thresholds} />
      </div>
      <ul className="mt-4 flex flex-wrap gap-x-6 gap-y-1.5 text-sm">
        {budget.thresholds.map(({ percent: threshold, reachedAt }) => (
          <li key={threshold} className="text-ink-2">
            <span className="figures font-medium text-ink">{threshold} %</span>{' '}
            {reachedAt === null ? (
              t('budget.ahead')
            ) : (
              <>
                {t('budget.reached')} <LocalTime iso={reachedAt} />
              </>
            )}
          </li>
        ))}
      </ul>
      <p className="mt-4 flex flex-wrap justify-between gap-x-6 gap-y-1 text-ink-2 text-sm">
        <span>{readersText(page, budget, t)}</span>
        <span>
          {t('limits.resets')} <LocalTime iso={page.resetsAt} />
        </span>
      </p>
    </div>
  );
}

function readersText(
  { isMailed, members }: BudgetPage,
  { mail, mailTo }: BudgetView,
  t: ReturnType<typeof useT>,
): string {
  if (!isMailed) return t('budget.noMail');
  if (mail === 'nobody') return t('budget.tellsNobody');
  const names = members
    .filter(({ accountId }) => mail === 'chosen' && mailTo.includes(accountId))
    .map(({ name }) => name);
  return names.length === 0
    ? t('budget.tellsManagers')
    : t('budget.tells', { names: names.join(', ') });
}
