import type { Seen } from '../load/seen';
import { byTrace, type ChargeRow, type Evidence, nameOf, type Purchase } from './evidence';

/**
 * D: nothing is given away, nothing is invented. Each whole answer has a COMMITTED row with the cost
 * that the reply said; no row charges more than what was bought, nor more than a client that stayed
 * to the end received.
 */
export function chargeFaults({ seen, rows, purchases }: Evidence): string[] {
  const rowOf = new Map(rows.map((row) => [nameOf(row), row]));
  const boughtBy = byTrace(purchases);
  const seenBy = byTrace(seen);
  const faults: string[] = [];
  for (const one of seen) {
    const fault = wholeAnswerFault(one, rowOf.get(nameOf(one)) ?? null);
    if (fault !== null) faults.push(`D: ${nameOf(one)}: ${fault}`);
  }
  for (const row of rows) {
    if (row.status === 'PENDING') faults.push(`D: ${nameOf(row)} is PENDING at rest`);
    if (row.status !== 'COMMITTED') continue;
    const bought = boughtBy.get(nameOf(row)) ?? [];
    const fault = overchargeFault(row, bought, seenBy.get(nameOf(row)) ?? []);
    if (fault !== null) faults.push(`D: ${nameOf(row)}: ${fault}`);
  }
  return faults;
}

function wholeAnswerFault(seen: Seen, row: ChargeRow | null): string | null {
  if (seen.what !== 'complete' && seen.what !== 'replayed') return null;
  if (row?.status !== 'COMMITTED') {
    return `a whole answer was delivered, and its row is ${row?.status ?? 'absent'}`;
  }
  if (seen.costNano !== null && seen.costNano !== row.amountNano) {
    return `the reply said that it cost ${seen.costNano}, the ledger says ${row.amountNano}`;
  }
  return null;
}

function overchargeFault(
  row: ChargeRow,
  bought: readonly Purchase[],
  seen: readonly Seen[],
): string | null {
  if (bought.length === 0) return 'it was charged, and nothing was bought';
  const most = Math.max(...bought.map(soldTokens));
  if (row.outputTokens > most) {
    return `${row.outputTokens} tokens were charged, and ${most} bought`;
  }
  const received = mostReceived(seen);
  if (row.isStream && received !== null && row.outputTokens > received) {
    return `${row.outputTokens} tokens were charged, and ${received} delivered`;
  }
  return null;
}

/** What the upstream can have sent at most. */
const soldTokens = ({ isStream, answerTokens, end }: Purchase): number =>
  isStream && end !== null ? end.sentTokens : answerTokens;

/** What the client got that got most of it; null where one may have left before it came. */
function mostReceived(seen: readonly Seen[]): number | null {
  const clients = seen.filter(({ what }) => what !== 'refused');
  if (clients.length === 0 || clients.some(({ hasLeft }) => hasLeft)) return null;
  return Math.max(...clients.map(({ tokens }) => tokens));
}
