import type { Sql } from '../../../src/server/stores/postgres/client';
import type { RedisClient } from '../../../src/server/stores/redis/client';
import { type Finding, reporter } from '../finding';

const report = reporter('clocks');

const ASKED = 5;
/** Leases live 30 s by Postgres's clock, days and months turn by it. */
const SKEW_WARN_MS = 1_000;
const SKEW_FAIL_MS = 10_000;

/** How far a store's clock is from this machine's, by the quickest of a few answers. */
export async function skewMs(ask: () => Promise<number>, now = Date.now): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, skewMs: 0 };
  for (let i = 0; i < ASKED; i += 1) {
    const beforeMs = now();
    const theirsMs = await ask();
    const tookMs = now() - beforeMs;
    if (tookMs < best.tookMs) best = { tookMs, skewMs: theirsMs - (beforeMs + tookMs / 2) };
  }
  return Math.round(best.skewMs);
}

export function judgeSkew(what: string, ms: number): Finding {
  const says = `${what} is ${Math.abs(ms)} ms ${ms < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(ms) < SKEW_WARN_MS) return report.ok(says);
  const mend = 'Let both take their time from NTP (chrony, systemd-timesyncd)';
  return Math.abs(ms) < SKEW_FAIL_MS ? report.warn(says, mend) : report.fail(says, mend);
}

export const postgresClock = async (sql: Sql): Promise<Finding> =>
  judgeSkew(
    'PostgreSQL',
    await skewMs(async () => {
      const [row] = await sql<{ ms: number }[]>`
        select extract(epoch from clock_timestamp())::float8 * 1000 as ms`;
      return row?.ms ?? Number.NaN;
    }),
  );

export const redisClock = async (redis: RedisClient): Promise<Finding> =>
  judgeSkew(
    'Redis',
    await skewMs(async () => {
      const [seconds, micros] = await redis.time();
      return Number(seconds) * 1000 + Number(micros) / 1000;
    }),
  );
