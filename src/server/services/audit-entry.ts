import type { TenantId } from '../domain/ids';
import type { AuditEntry } from '../domain/ports/repositories';
import type { ServiceContext } from './context';

const USER_AGENT_LENGTH_MAX = 300;

interface Change {
  readonly tenantId?: TenantId;
  /** Entity and verb, as in `tenant.update`. */
  readonly action: string;
  readonly target: string;
  readonly before?: object | null;
  readonly after?: object | null;
}

/** The audit row of a change: who, from where and with what, what, before and after. */
export function auditEntry(ctx: ServiceContext, change: Change): AuditEntry {
  return {
    tenantId: change.tenantId ?? null,
    actor: actorName(ctx),
    action: change.action,
    target: change.target,
    before: change.before ?? null,
    after: change.after ?? null,
    address: ctx.address,
    userAgent: ctx.userAgent?.slice(0, USER_AGENT_LENGTH_MAX) ?? null,
  };
}

function actorName({ actor, signedIn }: ServiceContext): string {
  if (actor.kind === 'account') return `account:${actor.accountId}`;
  return signedIn === null ? actor.kind : `account:${signedIn.accountId}`;
}
