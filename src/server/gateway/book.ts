import type { Settlement } from '../domain/charge';
import type { SettleReply, Spooled } from '../domain/ports';
import { isLedgerUnavailable, type LedgerUnavailable } from '../domain/unavailable';
import { failpoint } from './failpoints';
import { SETTLE_PATIENCE_MS } from './limits';
import type { EndingPorts } from './types';

/** Where a settlement ended up. It is durable in every case: an answer may leave. */
export type Booked =
  | SettleReply
  /** The ledger is away: the settlement waits on a spool, and the replay books it. */
  | { readonly kind: 'spooled' }
  /** The ledger refuses this one settlement: it waits for an operator. */
  | { readonly kind: 'quarantined' };

const RETRY_FIRST_MS = 50;

/**
 * Makes a settlement durable: in the ledger; while that is away, on the spool; where the ledger
 * refuses it for what it says, in quarantine. Repeated, it counts once.
 * Throws LedgerUnavailable when none of them takes it; then the lease decides.
 */
export async function book(ports: EndingPorts, settlement: Settlement): Promise<Booked> {
  try {
    return await bookPatiently(ports, settlement);
  } catch (error) {
    // A sweeper's settlement is found again by the next sweep.
    if (!isLedgerUnavailable(error) || settlement.onlyIfExpired) throw error;
    return await spool(ports, settlement, error);
  }
}

async function spool(
  ports: EndingPorts,
  settlement: Settlement,
  outage: LedgerUnavailable,
): Promise<Booked> {
  // One that someone else may have ended would be found too late, and its answer given away.
  const isOurs = () => ports.openCharges.isSurelyOwn(settlement.charge);
  if (!isOurs()) throw outage;
  let spooled: Spooled;
  try {
    spooled = await ports.spool.put(settlement);
  } catch (cause) {
    ports.telemetry.fault('spool', cause, { traceId: settlement.charge.traceId });
    throw outage;
  }
  await failpoint('spooled');
  // No longer in flight: the replay was quicker, and it is booked already.
  if (ports.openCharges.isInFlight(settlement.charge)) {
    if (!isOurs()) {
      await withhold(ports, settlement, spooled);
      throw outage;
    }
    ports.openCharges.spooled(settlement.charge);
  }
  ports.telemetry.spooled();
  return { kind: 'spooled' };
}

/** A plain answer stays here, and so must its charge; what a stream delivered has left already. */
async function withhold(
  { telemetry }: EndingPorts,
  { charge }: Settlement,
  spooled: Spooled,
): Promise<void> {
  if (charge.isStream) return;
  await spooled
    .takeBack()
    .catch((cause: unknown) => telemetry.fault('spool', cause, { traceId: charge.traceId }));
}

/** Tries the ledger until patience ends; a repeat finds its own work and counts it once. */
async function bookPatiently(ports: EndingPorts, settlement: Settlement): Promise<Booked> {
  const until = Date.now() + SETTLE_PATIENCE_MS;
  for (let waitMs = RETRY_FIRST_MS; ; waitMs *= 2) {
    try {
      return await bookOnce(ports, settlement);
    } catch (error) {
      if (isLedgerUnavailable(error) && Date.now() + waitMs < until) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        continue;
      }
      ports.telemetry.deductFailed('db_error');
      throw error;
    }
  }
}

/** Books in the ledger or its quarantine. Throws LedgerUnavailable when it is away. */
export async function bookOnce(ports: EndingPorts, settlement: Settlement): Promise<Booked> {
  try {
    const reply = await ports.ledger.settle(settlement);
    tellLate(ports, settlement, reply);
    if (settlement.outcome.status === 'COMMITTED' && reply.kind === 'settled') {
      ports.telemetry.deducted();
    }
    return reply;
  } catch (error) {
    if (isLedgerUnavailable(error)) throw error;
    await ports.quarantine.put(settlement, reasonOf(error));
    ports.telemetry.quarantined(error, settlement.charge.traceId);
    return { kind: 'quarantined' };
  }
}

/** The sweeper came before the spool: the answer is charged after all, or it is given away. */
function tellLate(
  { telemetry }: EndingPorts,
  { charge, outcome, answerLeft }: Settlement,
  reply: SettleReply,
): void {
  if (!answerLeft || outcome.status === 'VOIDED') return;
  if (reply.kind === 'settled' && !reply.isLate) return;
  telemetry.lateSettlement(reply.kind === 'lost' ? 'lost' : 'booked', charge);
}

const REASON_LENGTH_MAX = 500;

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, REASON_LENGTH_MAX);
