import { getServerSession } from 'next-auth/next';
import { z } from 'zod';
import { getContainer } from '@/server/container';
import { authOptions } from './options';

const sessionSchema = z.object({ accountId: z.uuid() });

/** The signed-in account of the request at hand; null when signed out. Reads cookies through Next. */
export async function currentAccountId(): Promise<string | null> {
  const container = await getContainer();
  const session: unknown = await getServerSession(authOptions(container.env, container));
  const parsed = sessionSchema.safeParse(session);
  return parsed.success ? parsed.data.accountId : null;
}
