import { getContainer } from '@/server/container';
import { guarded } from '@/server/stores/postgres/failure';

export const dynamic = 'force-dynamic';

/** Fit for traffic: Postgres answers and no drain has begun. Redis's state is told, not required. */
export async function GET(): Promise<Response> {
  const container = await getContainer();
  const postgres = await guarded(() => container.postgres.sql`select 1`).then(
    () => 'up',
    () => 'down',
  );
  const redis = container.quotaSide.redisState();
  const isReady = postgres === 'up' && !container.isDraining();
  const status = container.isDraining() ? 'draining' : isReady ? 'ready' : 'not ready';
  return Response.json(
    { status, postgres, redis },
    { status: isReady ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  );
}
