'use client';

import { ChevronRight } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { DialogActions } from '@/components/ui/dialog';
import { SelectField, TextField } from '@/components/ui/field';
import { formatDay } from '@/components/ui/format';
import { Alert } from '@/components/ui/notice';
import { AddressField } from './address-field';
import { EXPIRIES, type Faults, type KeyInput, type KeyValues, readValues } from './form-values';
import { ModelChoice } from './model-choice';
import { QuotaRows } from './quota-rows';

const NO_FAULTS: Faults = { quotas: new Map() };

interface KeyFormProps {
  readonly initial: KeyValues;
  /** When the key ends as it is; null: never, or it is a new one. */
  readonly expiresAt: string | null;
  readonly models: readonly string[];
  readonly submitLabel: string;
  readonly isBusy: boolean;
  /** What went wrong at the last try. */
  readonly fault: string | null;
  readonly onSubmit: (input: KeyInput) => void;
  readonly cancel: ReactNode;
}

/** All of a key on one screen; what few need is folded away. */
export function KeyForm({ initial, models, fault, ...props }: KeyFormProps) {
  const t = useT();
  const [values, setValues] = useState(initial);
  const [faults, setFaults] = useState(NO_FAULTS);
  const set = (change: Partial<KeyValues>) => setValues((now) => ({ ...now, ...change }));
  const submit: ComponentProps<'form'>['onSubmit'] = (event) => {
    event.preventDefault();
    if (props.isBusy) return;
    const read = readValues(values, Date.now());
    setFaults('faults' in read ? read.faults : NO_FAULTS);
    if ('input' in read) props.onSubmit(read.input);
  };
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // What is wrong may be out of sight; each try to submit makes its faults anew.
    if (faults === NO_FAULTS) return;
    const first = form.current?.querySelector('[aria-invalid="true"]');
    if (first instanceof HTMLElement) first.focus();
  }, [faults]);
  return (
    <form ref={form} onSubmit={submit} noValidate className="space-y-5">
      <TextField
        label={t('keys.name')}
        placeholder={t('keys.namePlaceholder')}
        fault={faults.name ? t('keys.fault.name') : null}
        value={values.name}
        onChange={(event) => set({ name: event.target.value })}
        maxLength={200}
        autoComplete="off"
        autoFocus
      />
      <ExpiryFields values={values} faults={faults} expiresAt={props.expiresAt} set={set} />
      <QuotaRows
        quotas={values.quotas}
        faults={faults.quotas}
        onChange={(quotas) => set({ quotas })}
      />
      <Advanced values={values} faults={faults} models={models} set={set} />
      {fault === null ? null : <Alert tone="bad">{fault}</Alert>}
      <DialogActions>
        {props.cancel}
        <Button type="submit" look="primary" disabled={props.isBusy}>
          {props.submitLabel}
        </Button>
      </DialogActions>
    </form>
  );
}

interface PartProps {
  readonly values: KeyValues;
  readonly faults: Faults;
  readonly set: (change: Partial<KeyValues>) => void;
}

function ExpiryFields({
  values,
  faults,
  set,
  expiresAt,
}: PartProps & { expiresAt: string | null }) {
  const t = useT();
  const kept =
    expiresAt === null
      ? []
      : [{ value: 'keep' as const, label: t('keys.expiry.keep', { date: formatDay(expiresAt) }) }];
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label={t('keys.expiry')}
        value={values.expiry}
        onChange={(expiry) => set({ expiry })}
        choices={[
          ...kept,
          ...EXPIRIES.map((value) => ({ value, label: t(`keys.expiry.${value}`) })),
        ]}
      />
      {values.expiry === 'date' ? (
        <TextField
          type="date"
          label={t('keys.expiryDate')}
          hint={t('keys.expiryDateHint')}
          fault={faults.expiryDay ? t('keys.fault.date') : null}
          value={values.expiryDay}
          onChange={(event) => set({ expiryDay: event.target.value })}
        />
      ) : null}
    </div>
  );
}

/** Open from the start where there is something in it, and where something in it is wrong. */
function Advanced({ values, faults, models, set }: PartProps & { models: readonly string[] }) {
  const t = useT();
  const id = useId();
  const rates = [values.rpm, values.tpm, values.concurrency];
  const [isUsed] = useState(
    values.models.length > 0 || values.addresses !== '' || rates.some((rate) => rate !== ''),
  );
  const { addresses, rpm, tpm, concurrency } = faults;
  const isWrong = [addresses, rpm, tpm, concurrency].some((fault) => fault !== undefined);
  return (
    <details open={isUsed || isWrong} className="group rounded-md border border-line">
      <summary className="flex min-h-10 cursor-pointer list-none items-center gap-2 rounded-md px-3 font-medium hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className="size-4 text-ink-3 transition-transform group-open:rotate-90"
          aria-hidden="true"
        />
        {t('keys.advanced')}
      </summary>
      <div className="space-y-5 border-line border-t p-3.5 sm:p-4">
        <ModelChoice
          models={models}
          chosen={values.models}
          onChange={(chosen) => set({ models: chosen })}
        />
        <AddressField
          id={id}
          value={values.addresses}
          strange={faults.addresses}
          onChange={(addresses) => set({ addresses })}
        />
        <div className="grid gap-4 sm:grid-cols-3">
          {(['rpm', 'tpm', 'concurrency'] as const).map((field) => (
            <TextField
              key={field}
              label={t(`keys.${field}Field`)}
              fault={faults[field] ? t('keys.fault.count') : null}
              value={values[field]}
              onChange={(event) => set({ [field]: event.target.value })}
              inputMode="numeric"
              placeholder={t('keys.unlimited')}
              autoComplete="off"
            />
          ))}
        </div>
      </div>
    </details>
  );
}
