import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { AdminClient, type TestTenant } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { type Ask, atOnce, plain, readStream, stream, tally } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { TEST_SECRETS } from '../helpers/gateway';
import { awayFromTheTurnOfAMinute } from '../helpers/quota-houses';
import { until } from '../helpers/until';

const SHIFT_MS = 90_000;
const CRON_SECRET = 'a-cron-secret-for-tests';
const CLOCK = pathToFileURL(path.join(import.meta.dirname, '..', 'helpers', 'shifted-clock.mjs'));
/** Between two renewals of a lease there is time for many sweeps. */
const SWEEPS = 5;

type Replica = BuiltProcess & { readonly baseUrl: string };

describe('replicas whose clocks are three minutes apart', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let behind: Replica;
  let ahead: Replica;
  let admin: AdminClient;
  /** By the database's clock. */
  let startedAt: Date;

  beforeAll(async () => {
    [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
    behind = await start(-SHIFT_MS);
    ahead = await start(SHIFT_MS);
    admin = new AdminClient(behind.origin, TEST_SECRETS.ADMIN_TOKEN);
    await admin.seedCatalogue(simulator.url);
    const [now] = await database.sql<{ at: Date }[]>`select clock_timestamp() as at`;
    if (now !== undefined) startedAt = now.at;
  });
  afterAll(async () => {
    await Promise.all([behind?.close(), ahead?.close()]);
    await simulator?.close();
    await database?.drop();
  });

  async function start(shiftMs: number): Promise<Replica> {
    const env = {
      NODE_OPTIONS: `--import ${CLOCK.href}`,
      CLOCK_SHIFT_MS: String(shiftMs),
      CRON_SECRET,
    };
    const replica = await startBuiltProcess(database, env);
    return Object.assign(replica, { baseUrl: `${replica.origin}/api/v1` });
  }

  /** The spool, the sweeper and the reconciler, once each. */
  async function maintain({ origin }: Replica): Promise<void> {
    const headers = { authorization: `Bearer ${CRON_SECRET}` };
    const reply = await fetch(`${origin}/api/cron/maintain`, { headers });
    expect(reply.status).toBe(200);
    await reply.arrayBuffer();
  }

  const both = (tenant: TestTenant, count: number, ask: Ask = {}) =>
    atOnce(count, (index) => plain(index % 2 === 0 ? behind : ahead, tenant, ask));

  const isDatabaseOldEnough = async () => {
    const [row] = await database.sql<{ is_old: boolean }[]>`
      select clock_timestamp() - pg_postmaster_start_time() > interval '30 seconds' as is_old`;
    return row?.is_old === true;
  };

  /** When a replica thinks that it is: its UUIDv7 trace ids say so. */
  async function clockOf(replica: Replica): Promise<number> {
    const reply = await plain(replica, await admin.newTenant());
    const traceId = reply.headers.get('x-trace-id') ?? '';
    return Number.parseInt(traceId.replaceAll('-', '').slice(0, 12), 16);
  }

  it('are three minutes apart indeed', async () => {
    const apartMs = (await clockOf(ahead)) - (await clockOf(behind));
    expect(Math.abs(apartMs - 2 * SHIFT_MS)).toBeLessThan(20_000);
  });

  it('admit together exactly a limit of the day, and exactly a limit of the minute', async () => {
    const daily = await admin.newTenant({ dailyLimit: 9 });
    expect(tally(await both(daily, 20))).toEqual({ '200': 9, '429 daily_quota_exceeded': 11 });
    await awayFromTheTurnOfAMinute();
    const minute = await admin.newTenant({}, { rpm: 9 });
    expect(tally(await both(minute, 20))).toEqual({ '200': 9, '429 rate_limit_exceeded': 11 });
  });

  it('buy one trace once, and replay it to each other', async () => {
    const tenant = await admin.newTenant();
    const ask: Ask = { traceId: 'one', script: { ttftMs: 500 } };
    const { '200': answered = 0, ...rest } = tally(await both(tenant, 10, ask));
    expect([answered >= 1, Object.keys(rest)]).toEqual([true, ['409 trace_in_flight']]);
    const again = await both(tenant, 2, ask);
    expect(again.map((reply) => reply.headers.get('idempotent-replayed'))).toEqual([
      'true',
      'true',
    ]);
    expect(await admin.charges(tenant.id)).toHaveLength(1);
  });

  it('take no open charge of the other for abandoned', async () => {
    await until('the database to be swept at all', isDatabaseOldEnough, 40_000);
    const tenant = await admin.newTenant();
    const script = { outputTokens: 300, perTokenMs: 10, ttftMs: 500 };
    const open = [behind, ahead].flatMap((replica, index) => [
      plain(replica, tenant, { traceId: `plain-${index}`, script: { ttftMs: 3_500 } }),
      stream(replica, tenant, { traceId: `stream-${index}`, script }),
    ]);
    await until('four holds', async () => (await admin.charges(tenant.id)).length === 4);
    for (let n = 0; n < SWEEPS; n += 1) await Promise.all([behind, ahead].map(maintain));
    const replies = await Promise.all(open);
    expect(tally(replies)).toEqual({ '200': 4 });
    const streams = replies.filter((_, index) => index % 2 === 1);
    expect(streams.every(({ bytes }) => readStream(bytes).isDone)).toBe(true);
    const charges = await admin.charges(tenant.id);
    expect(charges.map(({ status, attempt }) => `${status} ${attempt}`)).toEqual(
      Array.from({ length: 4 }, () => 'COMMITTED 1'),
    );
  });

  it('count in the days of the stores, and leave books that the audit finds right', async () => {
    const [strays] = await database.sql<{ count: number }[]>`
      select count(*)::int as count from billing_transaction
      where kind = 'charge' and (created_at not between ${startedAt} and clock_timestamp()
        or committed_at not between ${startedAt} and clock_timestamp())`;
    const { ok, invariants } = await admin.audit();
    expect(invariants.filter((invariant) => !invariant.ok)).toEqual([]);
    expect([ok, strays?.count]).toEqual([true, 0]);
  });
});
