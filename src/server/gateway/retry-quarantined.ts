import type { OperationId } from '../domain/ids';
import type { RetryOutcome } from '../domain/ports';
import { bookOnce } from './book';
import { foldCharge } from './fold-charge';
import type { EndingPorts } from './types';

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
