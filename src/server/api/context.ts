import type { Env } from '@/env';
import { uuidV7 } from '../domain/ids';
import type { PortalReader } from '../domain/ports/portal';
import type { AccountDirectory } from '../domain/ports/sign-in';
import type { Actor, ServiceContext } from '../services/context';

/** What the API needs of the composition root. */
export interface ApiContainer {
  readonly env: Pick<Env, 'ADMIN_TOKEN' | 'NEXTAUTH_URL'>;
  readonly accounts: AccountDirectory;
  readonly portal: PortalReader;
  readonly log?: { error(fields: object, message: string): void };
  serviceContext(actor: Actor, address: string | null): ServiceContext;
}

/** One call of a procedure: who asks, from where, and what it may reach. */
export interface ApiContext {
  readonly container: ApiContainer;
  /** Null: signed out, or a wrong token. */
  readonly actor: Actor | null;
  readonly address: string | null;
  readonly requestId: string;
}

export const callContext = (
  container: ApiContainer,
  actor: Actor | null,
  address: string | null,
  requestId: string = uuidV7(),
): ApiContext => ({ container, actor, address, requestId });

/** The account's standing in the first of its organisations; null when it has none (any more). */
export async function accountActor(
  accounts: AccountDirectory,
  accountId: string | null,
): Promise<Actor | null> {
  if (accountId === null) return null;
  const [first] = await accounts.memberships(accountId);
  if (first === undefined) return null;
  return { kind: 'account', accountId, tenantId: first.tenantId, role: first.role };
}
