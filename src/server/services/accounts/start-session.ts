import { uuidV7 } from '../../domain/ids';
import type { Call } from '../context';

export const SESSION_MS = 7 * 24 * 3_600_000;
const USER_AGENT_LENGTH_MAX = 300;

interface Opening {
  readonly accountId: string;
  readonly userAgent: string | null;
}

/** A row of its own for every sign-in: its id is what the cookie stands for. */
export async function startSession({ ctx, input }: Call<Opening>): Promise<string> {
  const id = uuidV7();
  await ctx.unitOfWork.transact((tx) =>
    tx.sessions.start({
      id,
      accountId: input.accountId,
      address: ctx.address,
      userAgent: input.userAgent?.slice(0, USER_AGENT_LENGTH_MAX) ?? null,
      expiresAt: new Date(Date.now() + SESSION_MS),
    }),
  );
  return id;
}
