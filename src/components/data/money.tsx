import { usdParts } from '../ui/format';

/** An exact amount: cents in full strength, the billionths beyond them softer. */
export function Money(props: { nano: string; plus?: boolean; className?: string }) {
  const { sign, main, rest } = usdParts(props.nano, props.plus ?? false);
  return (
    <span className={`figures whitespace-nowrap ${props.className ?? ''}`}>
      {sign}
      {main}
      {rest === '' ? null : <span className="text-ink-3">{rest}</span>}
    </span>
  );
}
