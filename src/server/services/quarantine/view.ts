import { z } from 'zod';
import { type OperationId, parseOperationId } from '../../domain/ids';
import type { QuarantinedSettlement } from '../../domain/ports/quarantine';
import { notFound } from '../permission';

/** A settlement that the ledger refused: whose, how much, and why. */
const quarantineView = z.object({
  operationId: z.string(),
  tenantId: z.string(),
  traceId: z.string(),
  model: z.string(),
  /** Nano-USD; "0" for a void. */
  amount: z.string(),
  reason: z.string(),
  tries: z.number(),
  createdAt: z.string(),
});

export const quarantineList = z.object({ items: z.array(quarantineView) });

export const quarantineEntryInput = z.strictObject({ operationId: z.string() });

export function presentQuarantined(held: QuarantinedSettlement): z.output<typeof quarantineView> {
  const { charge, outcome } = held.settlement;
  return {
    operationId: held.operationId,
    tenantId: charge.tenantId,
    traceId: charge.traceId,
    model: charge.model,
    amount: outcome.status === 'COMMITTED' ? String(outcome.amountNano) : '0',
    reason: held.reason,
    tries: held.tries,
    createdAt: held.createdAt.toISOString(),
  };
}

/** Throws 404 for a text that names no operation. */
export function namedOperation(value: string): OperationId {
  const id = parseOperationId(value);
  if (id === null) throw notFound('settlement in quarantine');
  return id;
}
