import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { auditLedger } from '@/server/stores/postgres/audit';
import { createQuotaStoreReader } from '@/server/stores/redis/read-store';
import { countOf, type Tally } from './load/crowd';
import type { Books } from './verdict';
import type { Reading } from './watch/reading';
import type { World } from './world';

const LOOK_EVERY_MS = 250;
const NO_EXPIRY = -1;

/** Waits until no charge is open in either store, at most so long. */
export async function untilAtRest({ sql, redis }: World, waitMs: number): Promise<void> {
  const until = Date.now() + waitMs;
  while (Date.now() < until) {
    const [row] = await sql`select 1 from billing_transaction where status = 'PENDING' limit 1`;
    const operations = await redis.keys('{gw:quota:tenant:*}:ops');
    if (row === undefined && operations.length === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
}

/** The audit, and what clients saw beside what was charged. */
export async function readBooks(world: World, tally: Tally, last: Reading): Promise<Books> {
  const { report } = await auditLedger(world.sql, createQuotaStoreReader(world.redis));
  const [row] = await world.sql<{ committed: number; pending: number }[]>`
    select count(*) filter (where status = 'COMMITTED')::int as committed,
      count(*) filter (where status = 'PENDING')::int as pending
    from billing_transaction where kind = 'charge'`;
  return {
    broken: report.invariants.filter(({ ok }) => !ok).map(({ name }) => name),
    delivered: countOf(tally, 'whole'),
    committed: row?.committed ?? 0,
    pending: row?.pending ?? 0,
    spooled: last.spoolFiles,
    immortalKeys: await countImmortal(world.redis),
  };
}

/** Keys without an end; open operations may have none, but at rest there are no operations. */
async function countImmortal(redis: Redis): Promise<number> {
  let immortal = 0;
  for await (const keys of redis.scanStream({ count: 1_000 })) {
    const pipeline = redis.pipeline();
    for (const key of keys) pipeline.pttl(key);
    const replies = (await pipeline.exec()) ?? [];
    immortal += replies.filter(([, leftMs]) => leftMs === NO_EXPIRY).length;
  }
  return immortal;
}
