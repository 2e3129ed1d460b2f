import type { OperationId } from '../domain/ids';
import { bookOnce } from './book';
import { foldCharge } from './fold-charge';
import type { EndingPorts } from './types';

/** What a retry came to; `missing`: nothing of that name waits. */
export type RetryOutcome = 'booked' | 'refused' | 'missing';

/** Books a settlement from the quarantine once more, as if it had just been made. */
export async function retryQuarantined(
  ports: EndingPorts,
  operationId: OperationId,
): Promise<RetryOutcome> {
  const held = await ports.quarantine.find(operationId);
  if (held === null) return 'missing';
  const { charge } = held.settlement;
  const booked = await bookOnce(ports, held.settlement);
  if (booked.kind === 'quarantined') return 'refused';
  await ports.quarantine.resolve(operationId, 'booked');
  if (booked.kind !== 'spooled') await foldCharge(ports, charge, booked);
  return 'booked';
}
