import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world/world';

const LOOK_EVERY_MS = 500;
export const REST_MS_MAX = 180_000;

/** Nothing PENDING, no operation in Redis: sweeper, spool and reconciler are through. */
async function isAtRest({ sql, redisClient }: World): Promise<boolean> {
  const [row] = await sql<{ open: number }[]>`
    select count(*)::int as open from billing_transaction where status = 'PENDING'`;
  if (row === undefined || row.open > 0) return false;
  return (await redisClient.keys('{gw:quota:tenant:*}:ops')).length === 0;
}

/** Waits until all is at rest. Gives how long it took, milliseconds; null: it did not come to rest. */
export async function untilAtRest(
  world: World,
  onWait: (waitedMs: number) => void,
): Promise<number | null> {
  const begunMs = Date.now();
  while (!(await isAtRest(world).catch(() => false))) {
    const waitedMs = Date.now() - begunMs;
    if (waitedMs > REST_MS_MAX) return null;
    onWait(waitedMs);
    await sleep(LOOK_EVERY_MS);
  }
  return Date.now() - begunMs;
}
