import type { AuditInvariant, AuditViolation } from '@/server/domain/ports/audit';

const VIOLATIONS_MAX = 100;

/** An invariant holds when nothing violates it. */
export const invariantOf = (
  name: string,
  checked: number,
  violations: readonly AuditViolation[],
): AuditInvariant => ({
  name,
  ok: violations.length === 0,
  checked,
  violations: violations.slice(0, VIOLATIONS_MAX),
});
