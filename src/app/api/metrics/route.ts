import { getContainer } from '@/server/container';
import { bearerEquals } from '@/server/security/bearer';

export const dynamic = 'force-dynamic';

/** Prometheus text; closed by METRICS_TOKEN where that is set. */
export async function GET(request: Request): Promise<Response> {
  const { env, exposition } = await getContainer();
  const { METRICS_TOKEN: token } = env;
  if (token !== undefined && !bearerEquals(request.headers.get('authorization'), token)) {
    return new Response('A token is needed.\n', { status: 401 });
  }
  return new Response(await exposition.text(), {
    headers: { 'content-type': exposition.contentType, 'cache-control': 'no-store' },
  });
}
