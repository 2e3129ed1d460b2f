import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Failpoint } from '@/server/gateway/failpoints';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { AdminClient, type TestTenant } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { bodyOf } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { TEST_SECRETS } from '../helpers/gateway';
import { sharedRedisUrl } from '../helpers/redis';
import { until } from '../helpers/until';

interface Crash {
  readonly at: Failpoint;
  readonly nth?: number;
  readonly isStream: boolean;
  readonly isNamed: boolean;
  /** The charge once a lease has run out; null: there is no row. */
  readonly ends: 'VOIDED' | 'COMMITTED' | null;
  /** Answers bought before the process died. */
  readonly bought: 0 | 1;
}

const CRASHES: readonly Crash[] = [
  { at: 'hold_placed', isStream: false, isNamed: true, ends: null, bought: 0 },
  { at: 'hold_placed', isStream: true, isNamed: false, ends: null, bought: 0 },
  { at: 'row_opened', isStream: false, isNamed: true, ends: 'VOIDED', bought: 0 },
  { at: 'before_purchase', isStream: true, isNamed: true, ends: 'VOIDED', bought: 0 },
  { at: 'plain_answered', isStream: false, isNamed: true, ends: 'VOIDED', bought: 1 },
  { at: 'plain_answered', isStream: false, isNamed: false, ends: null, bought: 1 },
  { at: 'answer_stored', isStream: false, isNamed: true, ends: 'VOIDED', bought: 1 },
  { at: 'deducted', isStream: false, isNamed: true, ends: 'VOIDED', bought: 1 },
  { at: 'deducted', isStream: false, isNamed: false, ends: null, bought: 1 },
  { at: 'booked', isStream: false, isNamed: true, ends: 'COMMITTED', bought: 1 },
  { at: 'booked', isStream: true, isNamed: true, ends: 'COMMITTED', bought: 1 },
  { at: 'folded', isStream: false, isNamed: false, ends: 'COMMITTED', bought: 1 },
  { at: 'stream_delivered', nth: 3, isStream: true, isNamed: true, ends: 'VOIDED', bought: 1 },
  { at: 'slab_checkpointed', nth: 2, isStream: true, isNamed: true, ends: 'COMMITTED', bought: 1 },
];

const nameOf = ({ at, isStream, isNamed }: Crash): string =>
  `${at} of a ${isStream ? 'streamed' : 'plain'} request with a trace id of ${isNamed ? 'its client' : 'ours'}`;

interface Case extends Crash {
  readonly tenant: TestTenant;
  readonly traceId: string;
  readonly body: string;
  /** How often an upstream was called for it before the process died. */
  purchases: number;
  /** Bytes that its client had read of the answer. */
  received: number;
}

const KEY_QUOTAS = [
  { quotaType: 'daily_requests', limit: 100 },
  { quotaType: 'total_amount', limit: 900_000_000 },
];

const SETTLED_MS_MAX = 120_000;

describe('kill -9 at every moment of the protocol', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let redis: Redis;
  let survivor: BuiltProcess;
  let admin: AdminClient;
  const cases: Case[] = [];

  beforeAll(async () => {
    [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
    redis = new Redis(sharedRedisUrl());
    survivor = await startBuiltProcess(database);
    admin = new AdminClient(survivor.origin, TEST_SECRETS.ADMIN_TOKEN);
    await admin.seedCatalogue(simulator.url);
    for (const crash of CRASHES) cases.push(await crashOnce(crash, cases.length));
    await until('every open charge to be ended', isQuiet, SETTLED_MS_MAX);
  }, 300_000);

  afterAll(async () => {
    await survivor?.close();
    redis?.disconnect();
    await simulator?.close();
    await database?.drop();
  });

  /** A process of its own serves one request and dies of it. */
  async function crashOnce(crash: Crash, index: number): Promise<Case> {
    const tenant = await admin.newTenant({}, { concurrency: 5, quotas: KEY_QUOTAS });
    const script = { outputTokens: crash.isStream ? 900 : 20, perTokenMs: crash.isStream ? 1 : 0 };
    const body = bodyOf({ script, prompt: `Case ${index}.` }, crash.isStream);
    const env = { TALLYGATE_FAILPOINT: `${crash.at}@${crash.nth ?? 1}=kill` };
    const doomed = await startBuiltProcess(database, env);
    const made: Case = {
      ...crash,
      tenant,
      body,
      traceId: `crash-${index}`,
      received: 0,
      purchases: 0,
    };
    const before = simulator.stats().requests.length;
    await buy(doomed.origin, made).catch(() => undefined);
    await doomed.gone();
    await doomed.close();
    made.purchases = simulator.stats().requests.length - before;
    return made;
  }

  async function buy(origin: string, made: Case): Promise<Response> {
    const reply = await fetch(`${origin}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${made.tenant.apiKey}`,
        'content-type': 'application/json',
        ...(made.isNamed ? { 'x-trace-id': made.traceId } : {}),
      },
      body: made.body,
    });
    if (reply.body === null) return reply;
    for await (const chunk of reply.body) made.received += Buffer.byteLength(chunk);
    return reply;
  }

  /** No PENDING row, and no operation left in Redis: the sweeper and the reconciler are through. */
  async function isQuiet(): Promise<boolean> {
    const rows = await database.sql`select 1 from billing_transaction where status = 'PENDING'`;
    const left = await Promise.all(
      cases.map(({ tenant }) => redis.hlen(`{gw:quota:tenant:${tenant.id}}:ops`)),
    );
    return rows.length === 0 && left.every((count) => count === 0);
  }

  test.each(CRASHES.map((crash, index) => [nameOf(crash), index] as const))(
    '%s: nothing is lost, nothing is charged twice',
    async (_name, index) => {
      const made = cases[index];
      if (made === undefined) throw new Error('no such case');
      const [charge, ...more] = await admin.charges(made.tenant.id);
      expect(more).toEqual([]);
      expect(charge?.status ?? null).toBe(made.ends);
      const tenant = await admin.tenant(made.tenant.id);
      const amount = BigInt(charge?.status === 'COMMITTED' ? charge.amount : '0');
      expect(BigInt(tenant.balance)).toBe(1_000_000_000n - amount);
      expect(tenant.held).toBe('0');
      if (made.at === 'slab_checkpointed') {
        expect(charge?.outputTokens).toBeGreaterThan(0);
        expect(charge?.outputTokens).toBeLessThan(900);
      }
      expect(made.purchases).toBe(made.bought);
    },
  );

  test('the repeat of a named trace runs once more where it was void, and never where it was charged', async () => {
    for (const made of cases.filter(({ isNamed }) => isNamed)) {
      const reply = await buy(survivor.origin, made);
      const isReplayed = reply.headers.get('idempotent-replayed') === 'true';
      const isCut = made.ends === 'COMMITTED' && made.at === 'slab_checkpointed';
      expect([nameOf(made), reply.status, isReplayed]).toEqual([
        nameOf(made),
        isCut ? 409 : 200,
        made.ends === 'COMMITTED' && !isCut,
      ]);
      const [charge, ...more] = await admin.charges(made.tenant.id);
      expect(more).toEqual([]);
      expect([charge?.status, charge?.attempt]).toEqual([
        'COMMITTED',
        made.ends === 'VOIDED' ? 2 : 1,
      ]);
    }
  });

  test('the books of every tenant are right', async () => {
    await until('the stores to rest', isQuiet);
    const { ok, invariants } = await admin.audit();
    expect(invariants.filter((invariant) => !invariant.ok)).toEqual([]);
    expect(ok).toBe(true);
  });
});
