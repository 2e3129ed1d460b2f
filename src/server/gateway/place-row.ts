import type { OpenCharge } from '../domain/charge';
import { isLedgerUnavailable } from '../domain/unavailable';
import { type RequestTrace, traced } from '../telemetry/tracing';
import { failpoint } from './failpoints';
import { isKnownAway, noteAnswer, noteFailure } from './ledger-away';
import { LEASE_MS } from './limits';
import type { GatewayPorts } from './types';

/** `standing`: written. `opening`: being written beside the upstream call. `none`: not needed. */
export interface PlacedRow {
  state: 'standing' | 'opening' | 'none';
  opening: Promise<void> | null;
}

/**
 * Writes the PENDING row where one is needed. A named trace's row stands before the purchase; a
 * stream's may be written beside it, unless the ledger is known to be away: then nothing is bought.
 * Null when the trace was taken meanwhile. Throws LedgerUnavailable. In both cases the hold is
 * still there.
 */
export async function placeRow(
  ports: GatewayPorts,
  charge: OpenCharge,
  trace: RequestTrace | undefined,
): Promise<PlacedRow | null> {
  if (!charge.traceNamed && !charge.isStream) return { state: 'none', opening: null };
  if (!charge.traceNamed && !isKnownAway(ports.ledger)) return besidePurchase(ports, charge, trace);
  if (!(await open(ports, charge, trace))) return null;
  await failpoint('row_opened');
  return { state: 'standing', opening: null };
}

function besidePurchase(
  ports: GatewayPorts,
  charge: OpenCharge,
  trace: RequestTrace | undefined,
): PlacedRow {
  const row: PlacedRow = { state: 'opening', opening: null };
  row.opening = open(ports, charge, trace).then((isOpen) => {
    if (!isOpen) throw new Error('A trace id of our own making was taken');
    row.state = 'standing';
  });
  // It is awaited before the first byte; until then a failure must not count as unhandled.
  row.opening.catch(() => undefined);
  return row;
}

/** False when the trace belongs to something else. */
async function open(
  ports: GatewayPorts,
  charge: OpenCharge,
  trace: RequestTrace | undefined,
): Promise<boolean> {
  const askedAtMs = performance.now();
  try {
    const opened = await traced(trace, 'pending_row', () => ports.ledger.openRow(charge, LEASE_MS));
    noteAnswer(ports.ledger);
    if (opened.kind === 'taken') return false;
    ports.openCharges.leased(charge, askedAtMs);
    return true;
  } catch (error) {
    noteFailure(ports.ledger, error);
    if (isLedgerUnavailable(error)) ports.doubtfulRows.add(charge);
    throw error;
  }
}
