import { byTrace, type Evidence } from './evidence';

/** B, of credits: each that was acknowledged is booked once, with its amount; no other is. */
export function creditFaults({ credits, bookedCredits }: Evidence): string[] {
  const booked = byTrace(bookedCredits);
  const faults: string[] = [];
  for (const [name, [credit]] of byTrace(credits)) {
    const rows = booked.get(name) ?? [];
    if (rows.length !== 1) faults.push(`B: the credit ${name} was booked ${rows.length} times`);
    else if (rows[0]?.amountNano !== credit?.amountNano) {
      faults.push(
        `B: the credit ${name} of ${credit?.amountNano} was booked as ${rows[0]?.amountNano}`,
      );
    }
    booked.delete(name);
  }
  for (const name of booked.keys())
    faults.push(`B: the credit ${name} was booked, and nobody sent it`);
  return faults;
}
