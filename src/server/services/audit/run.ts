import { z } from 'zod';
import type { AuditReport } from '../../domain/ports/audit';
import type { Call } from '../context';
import { requireOperator } from '../permission';

export const auditReport = z.object({
  ok: z.boolean(),
  invariants: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      checked: z.number(),
      violations: z.array(
        z.object({
          tenantId: z.string(),
          subject: z.string(),
          expected: z.string(),
          found: z.string(),
        }),
      ),
    }),
  ),
});

/** Checks the ledger's invariants over every tenant; reads only. */
export async function runAudit({ ctx }: Pick<Call, 'ctx'>): Promise<AuditReport> {
  requireOperator(ctx);
  return ctx.runAudit();
}
