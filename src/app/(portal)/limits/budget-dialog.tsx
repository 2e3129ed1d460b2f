'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { trpc } from '@/components/trpc/client';
import { faultText } from '@/components/trpc/fault';
import { amountText } from '@/components/ui/amount';
import { Button } from '@/components/ui/button';
import { Dialog, DialogActions } from '@/components/ui/dialog';
import { SelectField, TextField } from '@/components/ui/field';
import { Alert } from '@/components/ui/notice';
import { toast } from '@/components/ui/toast';
import { MAIL_CHOICES } from '@/server/domain/ports/budgets';
import type { BudgetPage } from '@/server/services/budgets/get';
import {
  type BudgetFaults,
  type BudgetInput,
  type BudgetValues,
  readBudgetValues,
} from './budget-values';
import { BUDGET_KEY } from './query-keys';

const NEW: BudgetValues = { amount: '', thresholds: '50, 80, 100', mail: 'managers', mailTo: [] };

function valuesOf({ budget }: BudgetPage): BudgetValues {
  if (budget === null) return NEW;
  return {
    amount: amountText(BigInt(budget.amountNano)),
    thresholds: budget.thresholds.map(({ percent }) => percent).join(', '),
    mail: budget.mail,
    mailTo: budget.mailTo,
  };
}

/** Sets, changes or takes away the budget; loaded when it is first opened. */
export function BudgetDialog({ page, onClose }: { page: BudgetPage; onClose: () => void }) {
  const t = useT();
  const client = useQueryClient();
  const [values, setValues] = useState(valuesOf(page));
  const [faults, setFaults] = useState<BudgetFaults>({});
  const done = async (text: string) => {
    await client.invalidateQueries({ queryKey: BUDGET_KEY });
    toast.good(text);
    onClose();
  };
  const set = useMutation({
    mutationFn: (input: BudgetInput) => trpc.portal.budget.set.mutate(input),
    onSuccess: () => done(t('budget.saved')),
  });
  const remove = useMutation({
    mutationFn: () => trpc.portal.budget.remove.mutate(),
    onSuccess: () => done(t('budget.removed')),
  });
  const change = (part: Partial<BudgetValues>) => setValues({ ...values, ...part });
  const error = set.error ?? remove.error;
  const isBusy = set.isPending || remove.isPending;
  const submit = () => {
    const read = readBudgetValues(values);
    setFaults('faults' in read ? read.faults : {});
    if ('input' in read) set.mutate(read.input);
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || onClose()}
      closesBeside={false}
      title={t('budget.title')}
      lead={t('budget.lead')}
    >
      <form
        noValidate
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {error === null ? null : <Alert tone="bad">{faultText(error, t)}</Alert>}
        <TextField
          label={t('budget.amount')}
          value={values.amount}
          inputMode="decimal"
          placeholder="50.00"
          autoComplete="off"
          fault={faults.amount ? t('budget.fault.amount') : null}
          onChange={(event) => change({ amount: event.target.value })}
        />
        <TextField
          label={t('budget.thresholds')}
          hint={t('budget.thresholdsHint')}
          value={values.thresholds}
          inputMode="numeric"
          autoComplete="off"
          fault={faults.thresholds ? t('budget.fault.thresholds') : null}
          onChange={(event) => change({ thresholds: event.target.value })}
        />
        <SelectField
          label={t('budget.mail')}
          hint={page.isMailed ? undefined : t('budget.noMail')}
          value={values.mail}
          onChange={(mail) => change({ mail })}
          choices={MAIL_CHOICES.map((value) => ({ value, label: t(`budget.mail.${value}`) }))}
        />
        {values.mail === 'chosen' ? (
          <ReaderChoice
            page={page}
            chosen={values.mailTo}
            isMissing={faults.mailTo === true}
            onChange={(mailTo) => change({ mailTo })}
          />
        ) : null}
        <DialogActions>
          {page.budget === null ? null : (
            <Button
              className="text-danger sm:mr-auto"
              disabled={isBusy}
              onClick={() => remove.mutate()}
            >
              {t('budget.remove')}
            </Button>
          )}
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="primary" disabled={isBusy}>
            {t('budget.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface ReaderChoiceProps {
  readonly page: BudgetPage;
  readonly chosen: readonly string[];
  readonly isMissing: boolean;
  readonly onChange: (chosen: readonly string[]) => void;
}

function ReaderChoice({ page, chosen, isMissing, onChange }: ReaderChoiceProps) {
  const t = useT();
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  return (
    <fieldset>
      <legend className="font-medium">{t('budget.readers')}</legend>
      <div className="mt-1.5 max-h-44 overflow-y-auto rounded-md border border-line-strong p-1">
        {page.members.map(({ accountId, name, email }) => (
          <label
            key={accountId}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-sm px-2 hover:bg-sunken sm:min-h-8"
          >
            <input
              type="checkbox"
              checked={chosen.includes(accountId)}
              onChange={() => toggle(accountId)}
              className="size-4 shrink-0 accent-accent"
            />
            <span className="min-w-0 truncate">
              {name} <span className="text-ink-2">{email}</span>
            </span>
          </label>
        ))}
      </div>
      {isMissing ? (
        <p role="alert" className="mt-1.5 text-danger text-sm">
          {t('budget.fault.readers')}
        </p>
      ) : null}
    </fieldset>
  );
}
