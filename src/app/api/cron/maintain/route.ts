import { getContainer } from '@/server/container';
import { bearerEquals } from '@/server/security/bearer';

export const dynamic = 'force-dynamic';
export const maxDuration = 60;

/**
 * The spool, the sweeper and the reconciler, for deployments where no process lives on. Refused
 * without CRON_SECRET, and always where that is not set.
 */
export async function GET(request: Request): Promise<Response> {
  const container = await getContainer();
  const { CRON_SECRET: secret } = container.env;
  const headers = { 'cache-control': 'no-store' };
  if (secret === undefined || !bearerEquals(request.headers.get('authorization'), secret)) {
    return new Response('The secret of the scheduled jobs is needed.\n', { status: 401, headers });
  }
  return Response.json(await container.maintain(), { headers });
}
