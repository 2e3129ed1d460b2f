import { TallygateError } from '../domain/errors';
import type { Action } from '../domain/permissions';
import type { Actor } from '../services/context';
import { requireMay } from '../services/permission';
import type { LimitsContext } from '../services/portal/read-limits';
import type { ApiContainer } from './context';

/**
 * What a member of a tenant may reach, by procedure or by download. The tenant comes from the
 * membership, never from the input. Throws where nobody is signed in, or the role may not.
 */
export function portalContextOf(
  { portal, standings }: Pick<ApiContainer, 'portal' | 'standings'>,
  actor: Actor | null,
  action: Action,
): LimitsContext & { readonly actor: Extract<Actor, { kind: 'account' }> } {
  if (actor?.kind !== 'account') throw new TallygateError('invalid_api_key', 'Sign in first.');
  requireMay(actor.role, action);
  return { portal, standings, tenantId: actor.tenantId, actor, nowMs: Date.now() };
}
