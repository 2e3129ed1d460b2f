/** Four tally strokes and the one that crosses them: five counted, and a gate. */
export function Logo({ className = 'size-6' }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} fill="none" aria-hidden="true">
      <g stroke="currentColor" strokeWidth="2.25" strokeLinecap="round">
        <path d="M5 4v16M9.67 4v16M14.33 4v16M19 4v16" />
        <path d="M2 17.5 22 6.5" className="stroke-accent" />
      </g>
    </svg>
  );
}

/** `wordClassName` may hide the word where there is room for the mark alone. */
export function Wordmark({ wordClassName = '' }: { wordClassName?: string }) {
  return (
    <span className="inline-flex items-center gap-2.5 text-lg font-semibold tracking-tight">
      <Logo />
      <span className={wordClassName}>Tallygate</span>
    </span>
  );
}
