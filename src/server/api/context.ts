import type { Env } from '@/env';
import { uuidV7 } from '../domain/ids';
import type { PortalReader } from '../domain/ports/portal';
import type { QuotaReader } from '../domain/ports/quota-store';
import type { AccountDirectory, SignedIn } from '../domain/ports/sign-in';
import { chooseMembership } from '../services/choose-membership';
import type { Actor, Browser, ServiceContext } from '../services/context';

/** What the API needs of the composition root. */
export interface ApiContainer {
  readonly env: Pick<Env, 'ADMIN_TOKEN' | 'NEXTAUTH_URL'>;
  readonly accounts: AccountDirectory;
  readonly portal: PortalReader;
  /** Quota as the next request would be judged by it. */
  readonly standings: QuotaReader;
  readonly log?: { error(fields: object, message: string): void };
  serviceContext(actor: Actor, address: string | null, browser?: Browser): ServiceContext;
}

/** One call of a procedure: who asks, from where, and what it may reach. */
export interface ApiContext {
  readonly container: ApiContainer;
  /** Null: signed out, or a wrong token. */
  readonly actor: Actor | null;
  readonly address: string | null;
  readonly requestId: string;
  /** Absent where no browser asks. */
  readonly browser?: Browser;
}

export const callContext = (
  container: ApiContainer,
  actor: Actor | null,
  address: string | null,
  requestId: string = uuidV7(),
): ApiContext => ({ container, actor, address, requestId });

/** The account's standing in the organisation it has chosen; null when it has none (any more). */
export async function accountActor(
  accounts: AccountDirectory,
  signedIn: SignedIn | null,
  wantedTenantId: string | undefined,
): Promise<Actor | null> {
  if (signedIn === null) return null;
  const { accountId } = signedIn;
  const membership = chooseMembership(await accounts.memberships(accountId), wantedTenantId);
  if (membership === null) return null;
  return { kind: 'account', accountId, tenantId: membership.tenantId, role: membership.role };
}
