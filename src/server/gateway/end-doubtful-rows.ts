import type { OpenCharge } from '../domain/charge';
import { isLedgerUnavailable } from '../domain/unavailable';
import { settle } from './settle';
import type { EndingPorts, GatewayPorts } from './types';

/**
 * Voids the rows that appeared after their request had given them up, long before their lease would
 * run out. Never throws because the ledger is away: what it does not say is asked next time.
 */
export async function endDoubtfulRows(
  ports: EndingPorts & Pick<GatewayPorts, 'doubtfulRows'>,
): Promise<void> {
  const { doubtfulRows, ledger } = ports;
  const charges = doubtfulRows.all();
  if (charges.length === 0) return;
  try {
    const states = await ledger.rowStates(charges);
    await Promise.all(
      charges.map(async (charge, at) => {
        if (states[at] === 'absent') return doubtfulRows.absent(charge);
        if (states[at] === 'open') await end(ports, charge);
        doubtfulRows.remove(charge);
      }),
    );
  } catch (error) {
    if (!isLedgerUnavailable(error)) throw error;
  }
}

const end = (ports: EndingPorts, charge: OpenCharge): Promise<unknown> =>
  settle(ports, {
    charge,
    outcome: { status: 'VOIDED', reason: 'internal_error' },
    timings: { upstream: null, upstreamMs: null, firstByteMs: null, durationMs: null },
    hasRow: true,
    onlyIfExpired: false,
    quotaTypes: [],
    rateShare: null,
  });
