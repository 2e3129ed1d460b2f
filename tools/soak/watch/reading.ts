import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { World } from '../world';

const memorySchema = z.object({
  heapUsed: z.number(),
  external: z.number(),
  rss: z.number(),
});
const collectionsSchema = z.object({ count: z.number(), entries: z.number(), largest: z.number() });

/** Of all Maps or all Sets that are alive in the process. */
export type Collections = z.infer<typeof collectionsSchema>;

/** The gateway and its stores between two stretches of load, after a full garbage collection. */
export interface Reading {
  readonly requests: number;
  readonly heapBytes: number;
  /** Buffers among it. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Open file descriptors: sockets, files, pipes. */
  readonly descriptors: number;
  /** What keeps the event loop alive, timers included. */
  readonly resources: number;
  readonly maps: Collections;
  readonly sets: Collections;
  readonly redisBytes: number;
  readonly redisKeys: number;
  readonly databaseBytes: number;
  readonly spoolFiles: number;
  readonly logBytes: number;
}

const COUNT = `function () {
  let count = 0, entries = 0, largest = 0;
  for (const each of this) {
    let size;
    try { size = each.size; } catch { continue; }
    count += 1; entries += size; largest = Math.max(largest, size);
  }
  return { count, entries, largest };
}`;

/** Takes all figures. Nothing should be under way meanwhile, or it is counted too. */
export async function takeReading(world: World, requests: number): Promise<Reading> {
  const { inspector } = world;
  await inspector.collectGarbage();
  const memory = memorySchema.parse(await inspector.evaluate('process.memoryUsage()'));
  const resources = await inspector.evaluate('process.getActiveResourcesInfo().length');
  const collections = async (prototype: string) =>
    collectionsSchema.parse(await inspector.ofAll(prototype, COUNT));
  return {
    requests,
    heapBytes: memory.heapUsed,
    externalBytes: memory.external,
    rssBytes: memory.rss,
    descriptors: readdirSync(`/proc/${world.pid()}/fd`).length,
    resources: z.number().parse(resources),
    maps: await collections('Map.prototype'),
    sets: await collections('Set.prototype'),
    ...(await storeFigures(world)),
    spoolFiles: filesIn(path.join(world.dataDir, 'spool')),
    logBytes: statSync(world.logFile, { throwIfNoEntry: false })?.size ?? 0,
  };
}

async function storeFigures({ redis, sql }: World) {
  const used = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1];
  const [row] = await sql<{ bytes: bigint }[]>`
    select pg_database_size(current_database()) as bytes`;
  return {
    redisBytes: Number(used),
    redisKeys: await redis.dbsize(),
    databaseBytes: Number(row?.bytes),
  };
}

function filesIn(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    // It is made when first needed.
    return 0;
  }
}
