import type { OperationId } from '../domain/ids';
import { bookOnce } from './book';
import { foldCharge } from './fold-charge';
import type { EndingPorts } from './types';

/**
 * What a retry came to; `missing`: nothing of that name waits. `left_to_sweeper`: it was a sweeper's
 * own, and the next sweep judges its row anew.
 */
export type RetryOutcome = 'booked' | 'refused' | 'left_to_sweeper' | 'missing';

/**
 * Books a settlement from the quarantine once more, as if it had just been made. What a sweeper said
 * is not booked: its row's owner may have woken since, and delivered more.
 */
export async function retryQuarantined(
  ports: EndingPorts,
  operationId: OperationId,
): Promise<RetryOutcome> {
  const held = await ports.quarantine.find(operationId);
  if (held === null) return 'missing';
  const { charge, onlyIfExpired } = held.settlement;
  if (onlyIfExpired) {
    await ports.quarantine.resolve(operationId, 'dismissed');
    return 'left_to_sweeper';
  }
  const booked = await bookOnce(ports, held.settlement);
  if (booked.kind === 'quarantined') return 'refused';
  await ports.quarantine.resolve(operationId, 'booked');
  if (booked.kind !== 'spooled') await foldCharge(ports, charge, booked);
  return 'booked';
}
