'use client';

import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { TextField } from '@/components/ui/field';
import type { Translate } from '@/messages';
import { parseUsd } from '@/server/domain/money';

interface AmountFilterProps {
  /** Dollars as typed; '' where there is no bound. */
  readonly min: string;
  readonly max: string;
  readonly onChange: (range: { readonly min: string; readonly max: string }) => void;
}

/** From so many dollars, to so many: what a row moves, whichever way. */
export function AmountFilter({ min, max, onChange }: AmountFilterProps) {
  const t = useT();
  const [isOpen, setIsOpen] = useState(false);
  const isSet = min !== '' || max !== '';
  const shown = shownRange(min, max, t);
  const choose = (range: { readonly min: string; readonly max: string }) => {
    setIsOpen(false);
    onChange(range);
  };
  return (
    <Dialog
      title={t('transactions.amount')}
      lead={t('transactions.amountHint')}
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger={
        <button
          type="button"
          className={`flex h-10 w-full items-center justify-between gap-2 rounded-md border px-3 text-left text-lg shadow-card transition-colors hover:border-ink-3 sm:h-9 sm:text-base ${isSet ? 'border-accent bg-accent-soft font-medium' : 'border-line-strong bg-surface'}`}
        >
          <span className="sr-only">{t('transactions.amount')}: </span>
          <span className="figures truncate">{shown}</span>
          <ChevronDown className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
        </button>
      }
    >
      <AmountForm min={min} max={max} onChoose={choose} />
    </Dialog>
  );
}

function shownRange(min: string, max: string, t: Translate): string {
  if (min === '' && max === '') return t('transactions.anyAmount');
  if (max === '') return t('transactions.amountFrom', { min: `$${min}` });
  if (min === '') return t('transactions.amountUpTo', { max: `$${max}` });
  return t('transactions.amountBetween', { min: `$${min}`, max: `$${max}` });
}

/** Mounted with the dialog, so that what was not applied is forgotten. */
function AmountForm(props: { min: string; max: string; onChoose: AmountFilterProps['onChange'] }) {
  const t = useT();
  const [min, setMin] = useState(props.min);
  const [max, setMax] = useState(props.max);
  const faultOf = (text: string) =>
    text.trim() === '' || parseUsd(text) !== null ? null : t('transactions.amountFault');
  const [minFault, maxFault] = [faultOf(min), faultOf(max)];
  const field = { inputMode: 'decimal', autoComplete: 'off', placeholder: '0.00' } as const;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (minFault === null && maxFault === null) {
          props.onChoose({ min: min.trim(), max: max.trim() });
        }
      }}
    >
      <div className="grid grid-cols-2 gap-3">
        <TextField
          {...field}
          label={t('transactions.amountMin')}
          value={min}
          fault={minFault}
          onChange={(event) => setMin(event.target.value)}
        />
        <TextField
          {...field}
          label={t('transactions.amountMax')}
          value={max}
          fault={maxFault}
          onChange={(event) => setMax(event.target.value)}
        />
      </div>
      <DialogActions>
        <Button onClick={() => props.onChoose({ min: '', max: '' })}>{t('common.clear')}</Button>
        <Button type="submit" look="primary">
          {t('common.apply')}
        </Button>
      </DialogActions>
    </form>
  );
}
