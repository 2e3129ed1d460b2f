import { isLedgerUnavailable } from '../domain/unavailable';
import { bookOnce } from './book';
import { foldCharge } from './fold-charge';
import type { EndingPorts } from './types';

const LOOKED_UP_MAX = 100;

/**
 * Another process of the same folder may have booked what waited here: the ledger knows. Its lease,
 * and the hold that is placed again for it, would else go on for as long as this process lives.
 */
async function forgetBooked({ ledger, openCharges }: EndingPorts): Promise<void> {
  for (const charge of openCharges.onSpool().slice(0, LOOKED_UP_MAX)) {
    const row = await ledger.findTrace(charge.tenantId, charge.traceId);
    const isOver = row !== null && (row.status !== 'PENDING' || row.attempt !== charge.attempt);
    if (isOver) openCharges.remove(charge);
  }
}

/**
 * Books what waits on the spool, once the ledger is back. Comes before any sweeping and any
 * dropping of operations. Returns how many were booked; an outage that goes on ends it quietly.
 */
export async function replaySpool(ports: EndingPorts): Promise<number> {
  let booked = 0;
  try {
    await ports.spool.replay(async (settlement) => {
      const reply = await bookOnce(ports, settlement);
      ports.openCharges.remove(settlement.charge);
      if (reply.kind === 'settled' || reply.kind === 'lost') {
        await foldCharge(ports, settlement.charge, reply);
      }
      booked += 1;
    });
    await forgetBooked(ports);
  } catch (error) {
    if (!isLedgerUnavailable(error)) throw error;
  }
  return booked;
}
