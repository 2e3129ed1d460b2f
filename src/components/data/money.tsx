import { usdParts } from '../ui/format';

/** How many digits beyond the cents the longest of these amounts has. */
export const restDigits = (amounts: readonly string[]): number =>
  amounts.reduce((most, nano) => Math.max(most, usdParts(nano).rest.length), 0);

interface MoneyProps {
  readonly nano: string;
  readonly plus?: boolean;
  /** From `restDigits` of the column: keeps its decimal points in line. */
  readonly align?: number;
  readonly className?: string;
}

/** An exact amount: cents in full strength, the billionths beyond them softer. */
export function Money({ nano, plus = false, align = 0, className = '' }: MoneyProps) {
  const { sign, main, rest } = usdParts(nano, plus);
  // Unseen zeros, drawn by CSS so that they are neither read aloud nor copied.
  const padding = '0'.repeat(Math.max(0, align - rest.length));
  return (
    <span className={`figures whitespace-nowrap ${className}`}>
      {sign}
      {main}
      <span
        data-padding={padding}
        className="font-normal text-ink-3 after:invisible after:content-[attr(data-padding)]"
      >
        {rest}
      </span>
    </span>
  );
}
