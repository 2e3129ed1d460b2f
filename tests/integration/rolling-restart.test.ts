import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import { AdminClient } from '../helpers/admin-client';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { outcomeOf, plain, readStream, stream } from '../helpers/buy';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { TEST_SECRETS } from '../helpers/gateway';
import { startHaproxy, type TestProxy } from '../helpers/haproxy';
import { until } from '../helpers/until';
import { send } from '../helpers/wire';

/** Longer than HAProxy needs to see that an instance is not ready. */
const DRAIN_DELAY_MS = 1_500;
/** Longer than that, so that some streams outlive the listener they came through. */
const STREAM = { outputTokens: 40, perTokenMs: 60 };
const PLAIN_USERS = 6;
const STREAM_USERS = 6;

let database: TestDatabase;
let simulator: Simulator;
let instances: readonly [BuiltProcess, BuiltProcess];
let proxy: TestProxy;
let admin: AdminClient;

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  const env = { DRAIN_DELAY_MS: String(DRAIN_DELAY_MS), TRUST_PROXY: '1' };
  const start = () => startBuiltProcess(database, env);
  instances = await Promise.all([start(), start()]);
  proxy = await startHaproxy(instances[0].origin, instances[1].origin);
  admin = new AdminClient(proxy.origin, TEST_SECRETS.ADMIN_TOKEN);
  await admin.seedCatalogue(simulator.url);
});

afterAll(async () => {
  await proxy?.close();
  await Promise.all(instances?.map((instance) => instance.close()) ?? []);
  await simulator?.close();
  await database?.drop();
});

/** What users who ask again and again got, until `stop`. */
function startLoad(ask: () => Promise<string>, users: number) {
  const outcomes: string[] = [];
  let isOver = false;
  const user = async () => {
    while (!isOver) {
      outcomes.push(await ask().catch((error: unknown) => `cut off: ${String(error)}`));
      await sleep(10);
    }
  };
  const all = Array.from({ length: users }, user);
  return {
    outcomes,
    async stop() {
      isOver = true;
      await Promise.all(all);
    },
  };
}

it('both instances are restarted under load, and no request fails or is bought twice', async () => {
  const tenant = await admin.newTenant({ balance: '1000000000000' });
  const plains = startLoad(async () => outcomeOf(await plain(proxy, tenant)), PLAIN_USERS);
  const streams = startLoad(async () => {
    const reply = await stream(proxy, tenant, { script: STREAM });
    if (reply.status !== 200) return outcomeOf(reply);
    const { isDone, errorCode } = readStream(reply.bytes);
    return isDone ? '200' : `cut: ${errorCode}`;
  }, STREAM_USERS);
  await until('some load', () => plains.outcomes.length > 20 && streams.outcomes.length > 0);
  for (const instance of instances) {
    instance.askToEnd();
    await instance.gone();
    await instance.start();
    // HAProxy finds it fit again by a check.
    await sleep(1_000);
  }
  await Promise.all([plains.stop(), streams.stop()]);

  const outcomes = [...plains.outcomes, ...streams.outcomes];
  expect(outcomes.length).toBeGreaterThan(100);
  expect(outcomes.filter((outcome) => outcome !== '200')).toEqual([]);
  expect(simulator.stats()).toMatchObject({
    requestsByPath: { '/v1/chat/completions': outcomes.length },
    finishedRequests: outcomes.length,
  });
  const rows = await database.sql`
    select status, attempt, is_stream, count(*)::int as count from billing_transaction
    where tenant_id = ${tenant.id} and kind = 'charge' group by 1, 2, 3 order by is_stream`;
  expect(rows).toEqual([
    { status: 'COMMITTED', attempt: 1, is_stream: false, count: plains.outcomes.length },
    { status: 'COMMITTED', attempt: 1, is_stream: true, count: streams.outcomes.length },
  ]);
  await until('an audit that finds everything right', async () => (await admin.audit()).ok);
});

it('a key’s allowed addresses are judged by what the proxy saw, whatever its client claims', async () => {
  const [here, elsewhere] = await Promise.all(
    ['127.0.0.1', '203.0.113.7'].map((ip) => admin.newTenant({}, { allowedIps: [ip] })),
  );
  const ask = async (origin: string, apiKey = '') => {
    const headers = { authorization: `Bearer ${apiKey}`, 'x-forwarded-for': '203.0.113.7' };
    return (await send(origin, { path: '/api/v1/models', headers })).status;
  };
  expect(await ask(proxy.origin, here?.apiKey)).toBe(200);
  expect(await ask(proxy.origin, elsewhere?.apiKey)).toBe(403);
});

it('an instance that is told to end says so at once, and serves on meanwhile, for the last time on each connection', async () => {
  const tenant = await admin.newTenant();
  const [{ origin, ...instance }] = instances;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string) => onAgent(agent, origin, path, tenant.apiKey);
  expect(await ask('/api/v1/models')).toMatchObject({ status: 200, connection: 'keep-alive' });
  instance.askToEnd();
  await until('it to say so', async () => (await ask('/api/health/ready')).status === 503);
  const toldMs = Date.now();
  expect(await ask('/api/health/ready')).toMatchObject({ status: 503, connection: 'close' });
  expect(await ask('/api/health/live')).toMatchObject({ status: 200, connection: 'close' });
  expect(await ask('/api/v1/models')).toMatchObject({ status: 200, connection: 'close' });
  expect(Date.now() - toldMs).toBeLessThan(DRAIN_DELAY_MS);
  await instance.gone();
  await expect(ask('/api/v1/models')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  agent.destroy();
});

/** A GET on a connection that is kept where the server lets it be. */
function onAgent(agent: Agent, origin: string, path: string, apiKey: string) {
  const headers = { authorization: `Bearer ${apiKey}` };
  return new Promise<{ status: number | undefined; connection: string | undefined }>(
    (resolve, reject) => {
      get(`${origin}${path}`, { agent, headers }, (reply) => {
        const { statusCode: status, headers: told } = reply;
        reply.once('end', () => resolve({ status, connection: told.connection })).resume();
      }).once('error', reject);
    },
  );
}
