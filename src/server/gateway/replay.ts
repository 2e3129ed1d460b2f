import { isLedgerUnavailable } from '../domain/unavailable';
import { bookOnce } from './book';
import { failpoint } from './failpoints';
import { foldCharge } from './fold-charge';
import type { EndingPorts } from './types';

/**
 * Books what waits on the spool, once the ledger is back. Comes before any sweeping and any
 * dropping of operations. Returns how many were booked; an outage that goes on ends it quietly.
 */
export async function replaySpool(ports: EndingPorts): Promise<number> {
  let booked = 0;
  const waiting = ports.openCharges.onSpool();
  try {
    await ports.spool.replay(async (settlement) => {
      const { charge } = settlement;
      const reply = await bookOnce(ports, { ...settlement, answerLeft: true });
      await failpoint('replayed');
      // One whose answer has not left yet, and now must not, is told so by its lease.
      const isTooLate = reply.kind === 'lost' && ports.openCharges.isInFlight(charge);
      if (!isTooLate) ports.openCharges.remove(charge);
      if (reply.kind === 'settled' || reply.kind === 'lost') {
        await foldCharge(ports, charge, reply);
      }
      booked += 1;
    });
    // What waited before is booked by now, be it by another process of the same spool; or it is
    // gone with a Redis that forgot, and its lease must end. Neither is renewed any more.
    for (const charge of waiting) ports.openCharges.remove(charge);
  } catch (error) {
    if (!isLedgerUnavailable(error)) throw error;
  }
  return booked;
}
