'use client';

import { ChevronDown } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId } from 'react';

const CONTROL =
  'h-10 w-full rounded-md border border-line-strong bg-surface px-3 text-lg shadow-card transition-colors placeholder:text-ink-3 hover:border-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 disabled:bg-sunken disabled:text-ink-3 aria-invalid:border-danger sm:h-9 sm:text-base';

interface FieldProps {
  readonly label: string;
  /** A sentence that helps to fill it in. */
  readonly hint?: string | undefined;
  /** What is wrong with what was entered. */
  readonly fault?: string | null | undefined;
}

interface FrameProps extends FieldProps {
  readonly id: string;
  readonly className: string;
  readonly children: ReactNode;
}

function Frame({ id, label, hint, fault, className, children }: FrameProps) {
  return (
    <div className={`space-y-1.5 ${className}`}>
      <label htmlFor={id} className="block font-medium">
        {label}
      </label>
      {children}
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className="text-ink-2 text-sm">
          {hint}
        </p>
      )}
      {fault ? (
        <p id={`${id}-fault`} role="alert" className="text-danger text-sm">
          {fault}
        </p>
      ) : null}
    </div>
  );
}

/** What a screen reader hears with the control, beyond its label. */
const described = (id: string, { hint, fault }: FieldProps) => ({
  'aria-invalid': fault ? (true as const) : undefined,
  'aria-describedby':
    [hint === undefined ? null : `${id}-hint`, fault ? `${id}-fault` : null]
      .filter((part) => part !== null)
      .join(' ') || undefined,
});

/** A labelled input; 16 px on a phone, so that it does not zoom. */
export function TextField(props: FieldProps & ComponentProps<'input'>) {
  const { label, hint, fault, className = '', ...input } = props;
  const made = useId();
  const id = input.id ?? made;
  return (
    <Frame id={id} label={label} hint={hint} fault={fault} className={className}>
      <input {...input} id={id} {...described(id, { label, hint, fault })} className={CONTROL} />
    </Frame>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

type SelectProps<Value extends string> = {
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
} & Omit<ComponentProps<'select'>, 'value' | 'onChange'>;

/** The platform's own list: the keyboard, screen readers and phones know it. Name it by aria-label. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { choices, value, onChange, className = '', ...select } = props;
  const choose = (chosen: string) => {
    const choice = choices.find((one) => one.value === chosen);
    if (choice !== undefined) onChange(choice.value);
  };
  return (
    <div className={`relative ${className}`}>
      <select
        {...select}
        value={value}
        onChange={(event) => choose(event.target.value)}
        className={`${CONTROL} appearance-none truncate pr-9`}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
      <ChevronDown
        className="pointer-events-none absolute top-1/2 right-3 size-4 -translate-y-1/2 text-ink-3"
        aria-hidden="true"
      />
    </div>
  );
}

/** A labelled Select. */
export function SelectField<Value extends string>(props: FieldProps & SelectProps<Value>) {
  const { label, hint, fault, className = '', ...select } = props;
  const id = useId();
  return (
    <Frame id={id} label={label} hint={hint} fault={fault} className={className}>
      <Select {...select} id={id} {...described(id, { label, hint, fault })} />
    </Frame>
  );
}
