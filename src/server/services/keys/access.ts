import { TallygateError } from '../../domain/errors';
import { parseApiKeyId, type TenantId } from '../../domain/ids';
import { may } from '../../domain/permissions';
import type { Repositories, StoredKey } from '../../domain/ports/repositories';
import type { Actor, ServiceContext } from '../context';
import { notFound } from '../permission';

/** Whether this actor may make keys for the tenant it acts for. */
export const mayMakeKeys = (actor: Actor): boolean =>
  actor.kind === 'account' ? may(actor.role, 'keys.own') : actor.kind !== 'nobody';

/** Whether this actor may change a key of the tenant it acts for. */
export function mayChangeKey(actor: Actor, key: { readonly createdBy: string | null }): boolean {
  if (actor.kind !== 'account') return actor.kind !== 'nobody';
  if (may(actor.role, 'keys.all')) return true;
  return may(actor.role, 'keys.own') && key.createdBy === actor.accountId;
}

/** Throws `not_found` for another tenant, `forbidden` for a role that makes no keys. */
export function requireMayMakeKeys({ actor }: ServiceContext, tenantId: TenantId): void {
  if (actor.kind === 'account' && actor.tenantId !== tenantId) throw notFound('tenant');
  if (mayMakeKeys(actor)) return;
  throw new TallygateError('forbidden', 'A viewer may not make keys. Ask an admin to make one.');
}

/**
 * Locks a key for a change. Throws `not_found` when there is none or it is another tenant's, and
 * `forbidden` when it is somebody else's.
 */
export async function lockKey(
  { actor }: ServiceContext,
  tx: Repositories,
  id: string,
): Promise<StoredKey> {
  const keyId = parseApiKeyId(id);
  const key = keyId === null ? null : await tx.keys.lock(keyId);
  const isForeign = actor.kind === 'account' && actor.tenantId !== key?.tenantId;
  if (key === null || isForeign) throw notFound('key');
  if (mayChangeKey(actor, key)) return key;
  throw new TallygateError(
    'forbidden',
    'You may only change keys that you made. Ask an admin to change this one.',
  );
}

/** As `lockKey`; throws `conflict` for a key that was revoked. */
export async function lockLivingKey(
  ctx: ServiceContext,
  tx: Repositories,
  id: string,
): Promise<StoredKey> {
  const key = await lockKey(ctx, tx, id);
  if (key.status !== 'revoked') return key;
  throw new TallygateError('conflict', 'This key was revoked, which is final. Make a new one.');
}
