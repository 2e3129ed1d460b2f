'use client';

import { type Choice, Select } from './field';

interface FilterSelectProps<Value extends string> {
  readonly label: string;
  /** '' lets everything through. */
  readonly value: Value | '';
  readonly onChange: (value: Value | '') => void;
  /** What '' is called: "All models". */
  readonly all: string;
  readonly choices: readonly Choice<Value>[];
  readonly className?: string;
}

/** One condition of several; it stands out once it is set. */
export function FilterSelect<Value extends string>(props: FilterSelectProps<Value>) {
  const { label, value, onChange, all, choices, className = '' } = props;
  const isSet = value !== '';
  return (
    <Select<Value | ''>
      aria-label={label}
      className={`${isSet ? '[&>select]:border-accent [&>select]:bg-accent-soft [&>select]:font-medium' : ''} ${className}`}
      value={value}
      onChange={onChange}
      choices={[{ value: '', label: all }, ...choices]}
    />
  );
}
