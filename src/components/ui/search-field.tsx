'use client';

import { Search } from 'lucide-react';

interface SearchFieldProps {
  /** Its name, shown while it is empty. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly lengthMax?: number;
  readonly className?: string;
}

/** What is looked for; 16 px on a phone, so that it does not zoom. */
export function SearchField(props: SearchFieldProps) {
  const { label, value, onChange, lengthMax = 200, className = '' } = props;
  return (
    <div className={`relative ${className}`}>
      <Search
        className="pointer-events-none absolute top-3 left-3 size-4 text-ink-3 sm:top-2.5"
        aria-hidden="true"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        maxLength={lengthMax}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        className="h-10 w-full rounded-md border border-line-strong bg-surface pr-3 pl-9 text-lg placeholder:text-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 sm:h-9 sm:text-base"
      />
    </div>
  );
}
