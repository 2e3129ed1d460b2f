import type { Settlement } from '@/server/domain/charge';
import type { SettleReply } from '@/server/domain/ports';
import { isLedgerUnavailable, LedgerUnavailable } from '@/server/domain/unavailable';
import { isDuplicate, isLockTimeout } from './failure';
import { GroupCommit } from './group-commit';

const BATCH_MAX = 500;

/** How often a batch may meet a row that another has just written. */
const ROUNDS_MAX = 3;

type Flush = (settlements: readonly Settlement[]) => Promise<readonly SettleReply[]>;

/** A row that another wrote between the look and the insert is there at the next look. */
const lookingAgain =
  (flush: Flush): Flush =>
  async (settlements) => {
    for (let round = 1; ; round += 1) {
      try {
        return await flush(settlements);
      } catch (error) {
        if (!isDuplicate(error) || round === ROUNDS_MAX) throw error;
      }
    }
  };

/**
 * Settles in groups, on two lanes: requests on one, the sweeper and the replay of a spool on the
 * other. What they come back to again and again, a row that stays locked, keeps no request waiting.
 */
export function createSettleLanes(flush: Flush): (settlement: Settlement) => Promise<SettleReply> {
  const lane = () =>
    new GroupCommit<Settlement, SettleReply>({
      flush: lookingAgain(flush),
      batchMax: BATCH_MAX,
      subjectOf: ({ charge }) => charge.transactionId,
      isItemFault: (error) => !isLedgerUnavailable(error),
    });
  const [requests, background] = [lane(), lane()];
  return async (settlement) => {
    const isBackground = settlement.onlyIfExpired || settlement.answerLeft;
    try {
      return await (isBackground ? background : requests).add(settlement);
    } catch (error) {
      throw isLockTimeout(error) ? new LedgerUnavailable(error) : error;
    }
  };
}
