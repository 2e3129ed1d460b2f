import { z } from 'zod';
import type { Call, ServiceContext } from '../context';
import { notFound, requireSignedIn } from '../permission';

export interface SessionView {
  readonly id: string;
  readonly isThis: boolean;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastSeenAt: string;
}

/** Where the account is signed in, last seen first. */
export async function listSessions({
  ctx,
}: {
  readonly ctx: ServiceContext;
}): Promise<readonly SessionView[]> {
  const { accountId, sessionId } = requireSignedIn(ctx);
  const sessions = await ctx.unitOfWork.transact((tx) => tx.sessions.list(accountId));
  return sessions.map(({ id, address, userAgent, createdAt, lastSeenAt }) => ({
    id,
    isThis: id === sessionId,
    address,
    userAgent,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt.toISOString(),
  }));
}

export const endSessionInput = z.strictObject({ sessionId: z.uuid() });

/** Signs one browser out. Throws `not_found` for a session that is not this account's. */
export async function endSession({
  ctx,
  input,
}: Call<z.output<typeof endSessionInput>>): Promise<void> {
  const { accountId } = requireSignedIn(ctx);
  const isEnded = await ctx.unitOfWork.transact((tx) =>
    tx.sessions.end(accountId, input.sessionId),
  );
  if (!isEnded) throw notFound('session');
}

/** Signs every other browser out. */
export async function endOtherSessions({ ctx }: { readonly ctx: ServiceContext }): Promise<void> {
  const { accountId, sessionId } = requireSignedIn(ctx);
  await ctx.unitOfWork.transact((tx) => tx.sessions.endOthers(accountId, sessionId));
}
