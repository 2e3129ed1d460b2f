import { z } from 'zod';
import { TallygateError } from '../../domain/errors';
import type { AuditReport, AuditRun } from '../../domain/ports/audit';
import type { Call } from '../context';
import { requireOperator } from '../permission';

export const auditReport = z.object({
  ok: z.boolean(),
  invariants: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      checked: z.number(),
      broken: z.number(),
      violations: z.array(
        z.object({
          tenantId: z.string(),
          subject: z.string(),
          expected: z.string(),
          found: z.string(),
        }),
      ),
      compared: z.boolean().optional(),
      note: z.string().optional(),
    }),
  ),
});

/**
 * Checks the ledger's invariants over every tenant; reads only. Throws 503 `audit_unfinished` where
 * time ran out with nothing found: that is no proof, and a report would pass for one.
 */
export async function runAudit({ ctx }: Pick<Call, 'ctx'>): Promise<AuditReport> {
  requireOperator(ctx);
  const run = await ctx.runAudit();
  if (run.isWhole) return run.report;
  const seen = `${run.tenants.checked} of ${run.tenants.total} tenants`;
  if (run.report.ok) {
    throw new TallygateError(
      'audit_unfinished',
      `This ledger is too large to be audited within a request: ${seen} were checked and found right. Run npm run audit, which takes the time it needs and writes nothing.`,
    );
  }
  return partOf(run, `Time ran out: only ${seen} were checked.`);
}

const partOf = ({ report }: AuditRun, why: string): AuditReport => ({
  ok: report.ok,
  invariants: report.invariants.map((invariant) => ({
    ...invariant,
    note: [why, ...(invariant.note === undefined ? [] : [invariant.note])].join(' '),
  })),
});
