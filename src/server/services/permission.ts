import { TallygateError } from '../domain/errors';
import type { TenantId } from '../domain/ids';
import { ROLES, type Role } from '../domain/ports/sign-in';
import type { ServiceContext } from './context';

/** An id that is unknown and an id that is another's look the same. */
export const notFound = (what: string): TallygateError =>
  new TallygateError('not_found', `There is no such ${what}.`);

/** Only the platform's operator, or the system itself. */
export function requireOperator(ctx: ServiceContext): void {
  if (ctx.actor.kind === 'account') {
    throw new TallygateError('forbidden', 'Only the operator of this platform may do this.');
  }
}

/** The operator, or an account of this very tenant with at least this role. */
export function requireTenant(ctx: ServiceContext, tenantId: TenantId, role: Role): void {
  const { actor } = ctx;
  if (actor.kind !== 'account') return;
  if (actor.tenantId !== tenantId) throw notFound('tenant');
  if (ROLES.indexOf(actor.role) > ROLES.indexOf(role)) {
    throw new TallygateError('forbidden', `This needs the role ${role} in your organisation.`);
  }
}
