'use client';

interface SwitchProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly className?: string;
}

/** On or off, at once: the platform's checkbox, drawn as a switch. */
export function Switch({ label, checked, onChange, className = '' }: SwitchProps) {
  return (
    <label
      className={`inline-flex h-9 cursor-pointer items-center gap-2.5 font-medium text-ink-2 text-sm transition-colors hover:text-ink has-checked:text-ink ${className}`}
    >
      <span className="relative inline-flex h-5 w-9 shrink-0 rounded-full bg-line-strong transition-colors has-checked:bg-accent has-focus-visible:outline-2 has-focus-visible:outline-ring has-focus-visible:outline-offset-2">
        <input
          type="checkbox"
          role="switch"
          aria-checked={checked}
          checked={checked}
          onChange={(event) => onChange(event.target.checked)}
          className="peer absolute inset-0 cursor-pointer appearance-none opacity-0"
        />
        <span
          aria-hidden="true"
          className="pointer-events-none absolute top-0.5 left-0.5 size-4 rounded-full bg-surface shadow-card transition-transform peer-checked:translate-x-4"
        />
      </span>
      {label}
    </label>
  );
}
