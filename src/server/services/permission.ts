import { TallygateError } from '../domain/errors';
import type { TenantId } from '../domain/ids';
import { type Action, may } from '../domain/permissions';
import type { Role, SignedIn } from '../domain/ports/sign-in';
import type { ServiceContext } from './context';

/** An id that is unknown and an id that is another's look the same. */
export const notFound = (what: string): TallygateError =>
  new TallygateError('not_found', `There is no such ${what}.`);

/** Only the platform's operator, or the system itself. */
export function requireOperator(ctx: ServiceContext): void {
  if (ctx.actor.kind === 'account' || ctx.actor.kind === 'nobody') {
    throw new TallygateError('forbidden', 'Only the operator of this platform may do this.');
  }
}

/** The operator, or an account of this very tenant whose role may do this. */
export function requireTenant(ctx: ServiceContext, tenantId: TenantId, action: Action): void {
  const { actor } = ctx;
  if (actor.kind === 'nobody') throw notFound('tenant');
  if (actor.kind !== 'account') return;
  if (actor.tenantId !== tenantId) throw notFound('tenant');
  requireMay(actor.role, action);
}

/** Throws `forbidden` where the role may not do this in its tenant. */
export function requireMay(role: Role, action: Action): void {
  if (may(role, action)) return;
  throw new TallygateError(
    'forbidden',
    `Your role in this organisation, ${role}, may not do this.`,
  );
}

/** Who is signed in, whatever tenant they act for. */
export function requireSignedIn({ signedIn }: ServiceContext): SignedIn {
  if (signedIn === null) throw new TallygateError('invalid_api_key', 'Sign in first.');
  return signedIn;
}
