'use client';

import { useMemo } from 'react';
import { useT } from '@/components/i18n/provider';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { TextField } from '@/components/ui/field';
import { useUrlFilters } from '@/components/ui/use-url-filters';
import { type AskedTokens, EXAMPLE, readTokens } from './choose-models';

const PARAMETERS = { input: 'in', cached: 'cached', output: 'out', requests: 'n' } as const;
type Field = keyof typeof PARAMETERS;
const FIELDS: readonly Field[] = ['input', 'cached', 'output', 'requests'];
const NAMES = ['in', 'cached', 'out', 'n'] as const;

/** The request that is priced, kept in the page's address. */
export function useAsked() {
  const [filters, setFilters] = useUrlFilters(NAMES);
  const { in: input, cached, out, n } = filters;
  const asked = useMemo<AskedTokens>(
    () => ({
      input: readTokens(input, EXAMPLE.input),
      cached: readTokens(cached, EXAMPLE.cached),
      output: readTokens(out, EXAMPLE.output),
      requests: readTokens(n, EXAMPLE.requests),
    }),
    [input, cached, out, n],
  );
  const isExample = NAMES.every((name) => filters[name] === '');
  const change = (field: Field | null, text = '') =>
    setFilters(
      field === null
        ? { in: '', cached: '', out: '', n: '' }
        : { [PARAMETERS[field]]: text.replace(/\D/g, '').slice(0, 10) },
      'replace',
    );
  return { asked, isExample, change };
}

interface CalculatorProps {
  readonly asked: AskedTokens;
  readonly isExample: boolean;
  /** Null: back to the example. */
  readonly onChange: (field: Field | null, text?: string) => void;
}

/** What is asked for; the table's last column is the answer. */
export function Calculator({ asked, isExample, onChange }: CalculatorProps) {
  const t = useT();
  return (
    <Card className="p-4 sm:p-5">
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div>
          <h2 className="font-semibold">{t('models.calculator')}</h2>
          <p className="mt-0.5 text-ink-2 text-sm">{t('models.calculatorHint')}</p>
        </div>
        {isExample ? null : <Button onClick={() => onChange(null)}>{t('models.reset')}</Button>}
      </div>
      <div className="mt-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
        {FIELDS.map((field) => (
          <TextField
            key={field}
            label={t(`models.ask.${field}`)}
            value={String(asked[field])}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => onChange(field, event.target.value)}
            onFocus={(event) => event.target.select()}
          />
        ))}
      </div>
    </Card>
  );
}
