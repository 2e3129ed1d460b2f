import type { Settlement } from '@/server/domain/charge';
import type { SettleReply } from '@/server/domain/ports';
import { isLedgerUnavailable, LedgerUnavailable } from '@/server/domain/unavailable';
import { isLockTimeout } from './failure';
import { GroupCommit } from './group-commit';

const BATCH_MAX = 500;

type Flush = (settlements: readonly Settlement[]) => Promise<readonly SettleReply[]>;

/**
 * Settles in groups, on two lanes: requests on one, the sweeper and the replay of a spool on the
 * other. What they come back to again and again, a row that stays locked, keeps no request waiting.
 */
export function createSettleLanes(flush: Flush): (settlement: Settlement) => Promise<SettleReply> {
  const lane = () =>
    new GroupCommit<Settlement, SettleReply>({
      flush,
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
