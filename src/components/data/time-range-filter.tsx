'use client';

import { useT } from '../i18n/provider';
import { Select } from '../ui/field';
import { daysOf, isTimePreset, rangeOfDays, type TimePreset } from './time-range';

const CUSTOM = 'days';
const DAY_FIELD =
  'h-10 w-full rounded-md border border-line-strong bg-surface px-2.5 text-lg focus-visible:border-accent focus-visible:outline-offset-0 sm:h-9 sm:text-base';

interface TimeRangeFilterProps {
  /** As `spanOf` reads it. */
  readonly range: string;
  readonly onChange: (range: string) => void;
  readonly presets: readonly TimePreset[];
  /** Whether all of time can be chosen, which is then what '' means. Default: it can. */
  readonly hasAll?: boolean;
}

/** When: one of a few spans up to now, or UTC days from … to …. */
export function TimeRangeFilter(props: TimeRangeFilterProps) {
  const t = useT();
  const { range, onChange, presets, hasAll = true } = props;
  const days = daysOf(range);
  const value = days !== null ? CUSTOM : isTimePreset(range) ? range : '';
  const choose = (chosen: string) => {
    const today = new Date().toISOString().slice(0, 10);
    onChange(chosen === CUSTOM ? rangeOfDays(`${today.slice(0, 8)}01`, today) : chosen);
  };
  return (
    <div className="flex w-full min-w-0 flex-wrap items-center gap-2 sm:w-auto">
      <Select
        className="w-full sm:w-44"
        aria-label={t('range.label')}
        value={value}
        onChange={choose}
        choices={[
          ...(hasAll ? [{ value: '', label: t('range.all') }] : []),
          ...presets.map((preset) => ({ value: preset, label: t(`range.${preset}`) })),
          { value: CUSTOM, label: t('range.days') },
        ]}
      />
      {days === null ? null : <DayFields {...days} onChange={onChange} />}
    </div>
  );
}

function DayFields(props: { first: string; last: string; onChange: (range: string) => void }) {
  const t = useT();
  const { first, last, onChange } = props;
  // A field that is being emptied is no day yet: the range stays what it was.
  const change = (from: string, to: string) => {
    if (daysOf(rangeOfDays(from, to)) !== null) onChange(rangeOfDays(from, to));
  };
  return (
    <div className="flex w-full items-center gap-2 sm:w-auto">
      <input
        type="date"
        aria-label={t('range.first')}
        value={first}
        max={last}
        onChange={(event) => change(event.target.value, last)}
        className={DAY_FIELD}
      />
      <span aria-hidden="true" className="text-ink-3">
        –
      </span>
      <input
        type="date"
        aria-label={t('range.last')}
        value={last}
        min={first}
        onChange={(event) => change(first, event.target.value)}
        className={DAY_FIELD}
      />
    </div>
  );
}
