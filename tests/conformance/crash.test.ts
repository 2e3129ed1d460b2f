import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { AdminClient, type TestTenant } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { bodyOf } from '../helpers/buy';
import { CRASHES, type Crash, isCut, nameOf, SLEEPS, type Sleep } from '../helpers/crash-cases';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { freePort } from '../helpers/free-port';
import { TEST_SECRETS } from '../helpers/gateway';
import { sharedRedisUrl } from '../helpers/redis';
import { until } from '../helpers/until';

interface Request {
  readonly tenant: TestTenant;
  readonly traceId: string | null;
  readonly model: string;
  readonly body: string;
  /** Bytes that its client had read of the answer. */
  received: number;
}

interface Case extends Request {
  readonly crash: Crash;
  /** How often an upstream was called for it before the process died. */
  purchases: number;
  diedAtMs: number;
  /** When nothing of it was open any more in either store. */
  endedAtMs: number;
}

interface Sleeper extends Request {
  readonly sleep: Sleep;
  readonly process: BuiltProcess;
  readonly answer: Promise<Response>;
}

const KEY_QUOTAS = [
  { quotaType: 'daily_requests', limit: 100 },
  { quotaType: 'total_amount', limit: 900_000_000 },
];

const SETTLED_MS_MAX = 120_000;
const RESOLVED_MS_MAX = 90_000;
const LOOK_EVERY_MS = 250;
/** Longer than a lease and a sweep. */
const SLOW_MS = 45_000;
/** Two cores: while one process starts, another one dies. */
const AT_ONCE = 2;

describe('kill -9 at every moment of the protocol', () => {
  let database: TestDatabase;
  let simulator: Simulator;
  let refusing: Simulator;
  let redis: Redis;
  let survivor: BuiltProcess;
  let admin: AdminClient;
  let slow: Request;
  let slowAnswer: Response;
  const cases: Case[] = [];
  const sleepers: Sleeper[] = [];

  beforeAll(async () => {
    [database, simulator, refusing] = await Promise.all([
      createDatabase(),
      startSimulator(),
      startSimulator(),
    ]);
    redis = new Redis(sharedRedisUrl());
    survivor = await startBuiltProcess(database);
    admin = new AdminClient(survivor.origin, TEST_SECRETS.ADMIN_TOKEN);
    await seedCatalogue();
    slow = await newRequest('slow', false, 'slow', { outputTokens: 20, ttftMs: SLOW_MS });
    const slowly = buy(survivor.origin, slow);
    const watching = watchEnds();
    // Those without a row take the longest to be resolved.
    const order = [...CRASHES.entries()].sort(([, a], [, b]) => rank(a) - rank(b));
    const waiting = [
      ...SLEEPS.map((sleep, index) => () => fallAsleep(sleep, index)),
      ...order.map(
        ([index, crash]) =>
          () =>
            crashOnce(crash, index),
      ),
    ];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    slowAnswer = await slowly;
    await until('every open charge to be ended', isQuiet, SETTLED_MS_MAX);
    await watching;
  }, 400_000);

  afterAll(async () => {
    for (const { process } of sleepers) await process.close();
    await survivor?.close();
    redis?.disconnect();
    await Promise.all([simulator?.close(), refusing?.close()]);
    await database?.drop();
  });

  const rank = ({ ends }: Crash): number => (ends === null ? 0 : 1);

  const modelOf = (index: number) => `crash-${index}`;

  /** A model for each case, so that an upstream's calls can be told apart. */
  async function seedCatalogue(): Promise<void> {
    await admin.seedCatalogue(simulator.url);
    const only = (upstream: Crash['upstream']) =>
      Object.fromEntries(
        CRASHES.flatMap((crash, index) =>
          crash.upstream === upstream ? [[modelOf(index), modelOf(index)]] : [],
        ),
      );
    const gone = `http://127.0.0.1:${await freePort()}/v1`;
    const first = { priority: 0 };
    await admin.call('PUT', 'upstreams/sim', {
      baseUrl: simulator.url,
      models: { '*': '*' },
      priority: 1,
    });
    await admin.call('PUT', 'upstreams/gone', {
      baseUrl: gone,
      models: only('unreached'),
      ...first,
    });
    await admin.call('PUT', 'upstreams/refusing', {
      baseUrl: refusing.url,
      models: only('refuses'),
      ...first,
    });
    const price = { inputPrice: '150', outputPrice: '600', contextWindow: 128_000 };
    for (const model of ['slow', ...CRASHES.keys(), ...SLEEPS.map((_, index) => `s${index}`)]) {
      const id = typeof model === 'number' ? modelOf(model) : model;
      await admin.call('PUT', `models/${id}`, { ...price, maxOutputTokens: 16_384 });
    }
  }

  async function newRequest(
    traceId: string | null,
    isStream: boolean,
    model: string,
    script: object,
  ): Promise<Request> {
    const tenant = await admin.newTenant({}, { concurrency: 5, quotas: KEY_QUOTAS });
    const body = bodyOf({ script, model, prompt: `Case ${model}.` }, isStream);
    return { tenant, traceId, model, body, received: 0 };
  }

  const scriptOf = (isStream: boolean) =>
    isStream ? { outputTokens: 900, perTokenMs: 1 } : { outputTokens: 20 };

  const specOf = ({ at, nth = 1 }: Crash | Sleep, action: 'kill' | 'stop') => ({
    TALLYGATE_FAILPOINT: `${at}@${nth}=${action}`,
  });

  const callsFor = (model: string): number =>
    [simulator, refusing]
      .flatMap((one) => one.stats().requests)
      .filter((request) => request.model === model).length;

  /** A process of its own serves one request and dies of it. */
  async function crashOnce(crash: Crash, index: number): Promise<void> {
    const model = modelOf(index);
    const script = scriptOf(crash.isStream);
    const traceId = crash.isNamed ? model : null;
    const request = await newRequest(traceId, crash.isStream, model, script);
    const store = crash.store === 'postgres' ? { REDIS_URL: 'off' } : {};
    const doomed = await startBuiltProcess(database, { ...specOf(crash, 'kill'), ...store });
    if (crash.upstream === 'refuses') refusing.script({ script: { status: 400 } });
    await buy(doomed.origin, request).catch(() => undefined);
    await doomed.gone();
    const diedAtMs = performance.now();
    await doomed.close();
    const purchases = callsFor(model);
    cases[index] = Object.assign(request, { crash, purchases, diedAtMs, endedAtMs: 0 });
  }

  /** A process of its own serves one request and stands still in the middle of it. */
  async function fallAsleep(sleep: Sleep, index: number): Promise<void> {
    const request = await newRequest(
      `s${index}`,
      sleep.isStream,
      `s${index}`,
      scriptOf(sleep.isStream),
    );
    const process = await startBuiltProcess(database, specOf(sleep, 'stop'));
    const answer = buy(process.origin, request);
    answer.catch(() => undefined);
    sleepers[index] = Object.assign(request, { sleep, process, answer });
    await until('its upstream to be asked', () => callsFor(request.model) === 1);
  }

  async function buy(origin: string, request: Request): Promise<Response> {
    const reply = await fetch(`${origin}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${request.tenant.apiKey}`,
        'content-type': 'application/json',
        ...(request.traceId === null ? {} : { 'x-trace-id': request.traceId }),
      },
      body: request.body,
    });
    if (reply.body === null) return reply;
    for await (const chunk of reply.body) request.received += Buffer.byteLength(chunk);
    return reply;
  }

  const operationsLeft = ({ tenant }: Request) => redis.hlen(`{gw:quota:tenant:${tenant.id}}:ops`);

  const pendingTenants = async () => [
    ...(await database.sql<{ tenant_id: string }[]>`
      select tenant_id from billing_transaction where status = 'PENDING'`),
  ];

  /** No PENDING row, and no operation left in Redis: the sweeper and the reconciler are through. */
  async function isQuiet(): Promise<boolean> {
    const left = await Promise.all([...cases, ...sleepers].map(operationsLeft));
    return (await pendingTenants()).length === 0 && left.every((count) => count === 0);
  }

  /** Notes when each case is over, until all are. */
  async function watchEnds(): Promise<void> {
    await until(
      'each case to be over',
      async () => {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        const open = cases.filter(({ endedAtMs }) => endedAtMs === 0);
        const pending = new Set((await pendingTenants()).map((row) => row.tenant_id));
        for (const made of open) {
          const isOver = !pending.has(made.tenant.id) && (await operationsLeft(made)) === 0;
          if (isOver) made.endedAtMs = performance.now();
        }
        return cases.filter(({ endedAtMs }) => endedAtMs > 0).length === CRASHES.length;
      },
      400_000,
    );
  }

  const caseAt = (index: number): Case => {
    const made = cases[index];
    if (made === undefined) throw new Error('no such case');
    return made;
  };

  test.each(CRASHES.map((crash, index) => [nameOf(crash), index] as const))(
    '%s: nothing is lost, nothing is charged twice',
    async (_name, index) => {
      const made = caseAt(index);
      const { crash } = made;
      const [charge, ...more] = await admin.charges(made.tenant.id);
      expect(more).toEqual([]);
      expect(charge?.status ?? null).toBe(crash.ends);
      const tenant = await admin.tenant(made.tenant.id);
      const amount = BigInt(charge?.status === 'COMMITTED' ? charge.amount : '0');
      expect(BigInt(tenant.balance)).toBe(1_000_000_000n - amount);
      expect(tenant.held).toBe('0');
      if (isCut(crash)) {
        expect(charge?.outputTokens).toBeGreaterThan(0);
        expect(charge?.outputTokens).toBeLessThan(900);
      }
      expect(made.purchases).toBe(crash.bought);
    },
  );

  test('what a dead process left open is resolved within 90 s of its death', () => {
    const tookMs = cases.map(({ diedAtMs, endedAtMs }) => Math.round(endedAtMs - diedAtMs));
    console.info(`resolved after ${Math.min(...tookMs)} to ${Math.max(...tookMs)} ms`);
    expect(tookMs.filter((ms) => ms > RESOLVED_MS_MAX)).toEqual([]);
  });

  test('a plain call that takes longer than every lease is answered and charged once', async () => {
    expect(slowAnswer.status).toBe(200);
    const [charge, ...more] = await admin.charges(slow.tenant.id);
    expect(more).toEqual([]);
    expect(charge).toMatchObject({ status: 'COMMITTED', attempt: 1, outputTokens: 20 });
    expect(callsFor('slow')).toBe(1);
  });

  test('the repeat of a named trace runs once more where it was void, and never where it was charged', async () => {
    for (const made of cases.filter(({ crash }) => crash.isNamed)) {
      const { crash } = made;
      const reply = await buy(survivor.origin, made);
      const isReplayed = reply.headers.get('idempotent-replayed') === 'true';
      expect([nameOf(crash), reply.status, isReplayed]).toEqual([
        nameOf(crash),
        isCut(crash) ? 409 : 200,
        crash.ends === 'COMMITTED' && !isCut(crash),
      ]);
      const [charge, ...more] = await admin.charges(made.tenant.id);
      expect(more).toEqual([]);
      expect([charge?.status, charge?.attempt]).toEqual([
        'COMMITTED',
        crash.ends === 'VOIDED' ? 2 : 1,
      ]);
    }
  });

  test.each(SLEEPS.map((sleep, index) => [sleep.at, index] as const))(
    'a process that stood still at %s past its lease and wakes delivers and charges nothing more',
    async (_at, index) => {
      const sleeper = sleepers[index];
      if (sleeper === undefined) throw new Error('no such sleeper');
      const { sleep, tenant, process } = sleeper;
      const [before] = await admin.charges(tenant.id);
      expect(before?.status).toBe(sleep.ends);
      const receivedBefore = sleeper.received;
      const again = sleep.ends === 'VOIDED' ? await buy(survivor.origin, { ...sleeper }) : null;
      process.goOn();
      const late = await sleeper.answer.catch(() => null);
      if (again === null) expect(sleeper.received - receivedBefore).toBeLessThan(1_000);
      else expect([again.status, late?.status]).toEqual([200, 503]);
      const [charge, ...more] = await admin.charges(tenant.id);
      expect(more).toEqual([]);
      expect(charge).toMatchObject({ status: 'COMMITTED', attempt: again === null ? 1 : 2 });
      if (again === null) expect(charge).toEqual(before);
    },
  );

  test('the books of every tenant are right', async () => {
    await until('the stores to rest', isQuiet);
    const { ok, invariants } = await admin.audit();
    expect(invariants.filter((invariant) => !invariant.ok)).toEqual([]);
    expect(ok).toBe(true);
  });
});
