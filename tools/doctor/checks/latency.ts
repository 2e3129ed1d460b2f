import type { Sql } from '../../../src/server/stores/postgres/client';
import type { RedisClient } from '../../../src/server/stores/redis/client';
import { type Finding, reporter } from '../finding';

const report = reporter('latency');

const ROUND_TRIPS = 100;
const COMMITS = 50;

export interface Measured {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** One after the other; the first one opens the connection and does not count. */
export async function measure(times: number, ask: () => Promise<unknown>): Promise<Measured> {
  await ask();
  const took: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const before = performance.now();
    await ask();
    took.push(performance.now() - before);
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.min(times - 1, Math.floor(part * times))] ?? Number.NaN;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

interface Bound {
  readonly what: string;
  readonly p95MaxMs: number;
  readonly mend: string;
}

export function judgeLatency({ what, p95MaxMs, mend }: Bound, { p50Ms, p95Ms }: Measured): Finding {
  const says = `${what}: p50 ${p50Ms.toFixed(2)} ms, p95 ${p95Ms.toFixed(2)} ms`;
  return p95Ms <= p95MaxMs ? report.ok(says) : report.warn(says, mend);
}

/** A commit is measured by a message in the write-ahead log: it waits for the disk and leaves no row. */
export async function postgresLatency(sql: Sql): Promise<Finding[]> {
  const near = 'Put the database in the same zone; see whether this machine or its network is busy';
  const trip = await measure(ROUND_TRIPS, () => sql`select 1`);
  const commit = await measure(
    COMMITS,
    () => sql`select pg_logical_emit_message(true, 'tallygate-doctor', '')`,
  );
  return [
    judgeLatency({ what: 'PostgreSQL, a round trip', p95MaxMs: 10, mend: near }, trip),
    judgeLatency(
      {
        what: 'PostgreSQL, a commit',
        p95MaxMs: 25,
        mend: 'Give its write-ahead log a quicker disk',
      },
      commit,
    ),
  ];
}

export async function redisLatency(redis: RedisClient): Promise<Finding> {
  const mend = 'Put Redis in the same zone; see its SLOWLOG and whether it shares a core';
  const trip = await measure(ROUND_TRIPS, () => redis.ping());
  return judgeLatency({ what: 'Redis, a round trip', p95MaxMs: 5, mend }, trip);
}
