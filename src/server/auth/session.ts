import { getServerSession } from 'next-auth/next';
import { cache } from 'react';
import { z } from 'zod';
import { getContainer } from '@/server/container';
import type { SignedIn } from '@/server/domain/ports/sign-in';
import { sessionOptions } from './options';

const sessionSchema = z.object({ sessionId: z.uuid() });

/**
 * Who is signed in with the request at hand; null when nobody is, or the session was ended. Reads
 * cookies through Next, and the session's row from the database, once a request.
 */
export const currentSignIn = cache(async (): Promise<SignedIn | null> => {
  const { env, accounts } = await getContainer();
  const session: unknown = await getServerSession({ ...sessionOptions(env), providers: [] });
  const parsed = sessionSchema.safeParse(session);
  return parsed.success ? await accounts.session(parsed.data.sessionId) : null;
});
