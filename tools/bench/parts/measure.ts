import path from 'node:path';
import { Redis } from 'ioredis';
import { createDatabase } from '../../../tests/helpers/database';
import { sharedRedisUrl } from '../../../tests/helpers/redis';
import { PartResults } from '../figures/part-results';
import type { BenchOptions } from '../options';
import { readCores } from '../subjects/place';
import { PARTS, type PartGroup } from './part';
import { PartProcess } from './part-process';

const TITLES: Readonly<Record<PartGroup, string>> = {
  stores: 'the stores alone, 32 at a time',
  counting: 'counting tokens, o200k_base',
};

/**
 * Measures the parts in turn (A B C A B C …) after a round that is not counted, over a database of
 * their own, before any server runs.
 */
export async function measureParts(
  options: BenchOptions,
  benchDir: string,
  say: (line: string) => void,
): Promise<PartResults> {
  const results = new PartResults();
  if (options.parts.length === 0) return results;
  const database = await createDatabase();
  const worker = new PartProcess({
    program: path.join(benchDir, 'parts.mjs'),
    node: options.node,
    core: readCores(process.env.BENCH_PROXY_CORES).one,
    databaseUrl: database.url,
    redisUrl: sharedRedisUrl(),
  });
  try {
    for (const group of options.parts) {
      say(TITLES[group]);
      for (let round = 0; round <= options.rounds; round += 1) {
        for (const part of PARTS[group]) {
          const result = await worker.run({ part, forMs: options.roundMs });
          if (round > 0) results.add(part, result);
        }
      }
    }
  } finally {
    worker.close();
    await forgetTenants();
    await database.drop();
  }
  return results;
}

/** The bench's own Redis: what these tenants left would be looked through by every server. */
async function forgetTenants(): Promise<void> {
  const redis = new Redis(sharedRedisUrl());
  await redis.flushall();
  redis.disconnect();
}
