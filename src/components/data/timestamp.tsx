import { formatInstant } from '../ui/format';

/** An instant in UTC, to the second: what the ledger's days are made of. */
export function Timestamp({ iso, className = '' }: { iso: string; className?: string }) {
  return (
    <time dateTime={iso} className={`figures whitespace-nowrap ${className}`}>
      {formatInstant(iso)}
    </time>
  );
}
