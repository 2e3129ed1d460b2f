import { getContainer } from '@/server/container';
import { guarded } from '@/server/stores/postgres/failure';

export const dynamic = 'force-dynamic';

/** Fit for traffic: Postgres answers and no drain has begun. Redis's state is told, not required. */
export async function GET(): Promise<Response> {
  const container = await getContainer();
  const redis = container.quotaSide.redisState();
  // The pools may be closed already.
  if (container.isDraining()) return reply(503, { status: 'draining', redis });
  const postgres = await guarded(() => container.postgres.sql`select 1`).then(
    () => 'up',
    () => 'down',
  );
  // It may have begun meanwhile.
  if (container.isDraining()) return reply(503, { status: 'draining', postgres, redis });
  return postgres === 'up'
    ? reply(200, { status: 'ready', postgres, redis })
    : reply(503, { status: 'not ready', postgres, redis });
}

const reply = (status: number, state: object): Response =>
  Response.json(state, { status, headers: { 'cache-control': 'no-store' } });
