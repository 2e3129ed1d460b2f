import type { ComponentProps } from 'react';

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong disabled:opacity-60',
  secondary:
    'border border-line-strong bg-surface text-ink hover:bg-sunken disabled:text-ink-3 disabled:opacity-60',
  danger: 'bg-danger text-on-danger hover:bg-danger-strong disabled:opacity-60',
  quiet: 'text-ink-2 hover:bg-sunken hover:text-ink',
} as const;

type ButtonProps = ComponentProps<'button'> & { look?: keyof typeof LOOKS };

export function Button({ look = 'secondary', className = '', ...props }: ButtonProps) {
  return (
    <button
      type="button"
      {...props}
      className={`inline-flex h-9 items-center justify-center gap-2 rounded-md px-3.5 font-medium transition-colors disabled:cursor-default ${LOOKS[look]} ${className}`}
    />
  );
}

/** A square button with an icon; its label is for screen readers and the tooltip. */
export function IconButton({ label, className = '', ...props }: ButtonProps & { label: string }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...props}
      className={`inline-flex size-9 shrink-0 items-center justify-center rounded-md text-ink-2 transition-colors hover:bg-sunken hover:text-ink ${className}`}
    />
  );
}
