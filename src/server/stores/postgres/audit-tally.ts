import type { AuditInvariant, AuditViolation } from '@/server/domain/ports/audit';

const VIOLATIONS_MAX = 100;

/** Told of each violation as it is found; a report keeps only the first hundred. */
export type OnViolation = (invariant: string, violation: AuditViolation) => void;

/** What is known of one invariant so far: a count, and no more violations than are told. */
export class Tally {
  private checked = 0;
  private broken = 0;
  private readonly violations: AuditViolation[] = [];

  constructor(
    readonly name: string,
    private readonly onViolation: OnViolation,
  ) {}

  look(checked: number): void {
    this.checked += checked;
  }

  violate(violation: AuditViolation): void {
    this.broken += 1;
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(violation);
    this.onViolation(this.name, violation);
  }

  invariant(): AuditInvariant {
    const { name, checked, broken, violations } = this;
    return { name, ok: broken === 0, checked, broken, violations: [...violations] };
  }
}
