import type { OpenCharge } from '../domain/charge';
import type { SettleReply } from '../domain/ports';
import { failpoint } from './failpoints';
import type { EndingPorts } from './types';

/**
 * Tells the quota store that a charge is over, with the ledger's row where there is one. Never
 * throws: the ledger has the truth, and the reconciler drops an operation whose lease ran out.
 */
export async function foldCharge(
  ports: EndingPorts,
  charge: OpenCharge,
  reply: SettleReply | null,
): Promise<void> {
  const traceId = charge.traceNamed ? charge.traceId : null;
  try {
    await ports.quota.fold({
      tenantId: charge.tenantId,
      quota: reply?.quota ?? null,
      keyQuotas: reply?.keyQuotas ?? [],
      operations: [{ operationId: charge.operationId, traceId }],
    });
    await failpoint('folded');
  } catch (cause) {
    ports.telemetry.fault('fold', cause, { traceId: charge.traceId });
  }
}
