'use client';

import { useT } from '@/components/i18n/provider';

interface AddressFieldProps {
  readonly id: string;
  readonly value: string;
  /** What is neither an address nor a block. */
  readonly strange: string | undefined;
  readonly onChange: (value: string) => void;
}

/** Addresses and blocks, one a line. */
export function AddressField({ id, value, strange, onChange }: AddressFieldProps) {
  const t = useT();
  return (
    <div className="space-y-1.5">
      <label htmlFor={id} className="block font-medium">
        {t('keys.allowedIps')}
      </label>
      <textarea
        id={id}
        rows={2}
        value={value}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={strange === undefined ? undefined : true}
        aria-describedby={`${id}-hint${strange === undefined ? '' : ` ${id}-fault`}`}
        onChange={(event) => onChange(event.target.value)}
        className="w-full rounded-md border border-line-strong bg-surface px-3 py-2 font-mono text-lg shadow-card transition-colors hover:border-ink-3 focus-visible:border-accent focus-visible:outline-offset-0 aria-invalid:border-danger sm:text-sm"
      />
      <p id={`${id}-hint`} className="text-ink-2 text-sm">
        {t('keys.allowedIpsHint')}
      </p>
      {strange === undefined ? null : (
        <p id={`${id}-fault`} role="alert" className="break-all text-danger text-sm">
          {t('keys.fault.address', { text: strange })}
        </p>
      )}
    </div>
  );
}
