import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startSimulator } from '../../tools/simulator/server';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { sharedRedisUrl } from '../helpers/redis';
import { StartPlace } from '../helpers/start-process';

const PATIENCE_MS = 300_000;
const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

describe('npm start with variables that point elsewhere', () => {
  let place: StartPlace;
  let database: TestDatabase;
  let upstream: Awaited<ReturnType<typeof startSimulator>>;
  beforeAll(async () => {
    place = new StartPlace();
    database = await createDatabase();
    upstream = await startSimulator({ port: 0 });
  });
  afterEach(() => place.stopAll());
  afterAll(async () => {
    await place.close();
    await upstream.close();
    await database.drop();
  });
  const elsewhere = async () => ({
    PORT: String(await freePort()),
    DATABASE_URL: database.url,
    REDIS_URL: sharedRedisUrl(),
  });

  async function expectServed(dailyUsed: number): Promise<void> {
    const quickstart = place.quickstart();
    expect(await (await ask(quickstart, 'Hello')).text()).toContain('data: [DONE]');
    await expect.poll(() => tenantOf(quickstart)).toMatchObject({ dailyUsed, held: '0' });
  }

  test(
    'starts no store of its own, and leaves the stores running when it stops',
    async () => {
      const env = await elsewhere();
      const run = place.run(env);
      await run.ready();
      expect(place.quickstart()).toMatchObject({
        databaseUrl: env.DATABASE_URL,
        redisUrl: env.REDIS_URL,
      });
      expect(Object.keys(place.quickstart().pids)).toEqual(['gateway']);
      await expectServed(1);
      expect(await run.stop()).toBe(0);
      expect(place.running()).toEqual([]);
      const charges = await database.sql`
        select status from billing_transaction where kind = 'charge'`;
      expect(charges).toEqual([{ status: 'COMMITTED' }]);
    },
    PATIENCE_MS,
  );

  test(
    'WORKERS=2 serve on one port, and all of them stop',
    async () => {
      const run = place.run({ ...(await elsewhere()), WORKERS: '2' });
      await run.ready();
      // The start script, the simulator, the primary and two workers.
      expect(place.running()).toHaveLength(5);
      await expectServed(2);
      expect(await run.stop()).toBe(0);
      expect(place.running()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'a REDIS_URL where nothing answers does not keep PostgreSQL from judging',
    async () => {
      const redis = `redis://127.0.0.1:${await freePort()}`;
      const run = place.run({ ...(await elsewhere()), REDIS_URL: redis });
      await run.ready();
      await expectServed(3);
    },
    PATIENCE_MS,
  );

  test.each([
    ['where nothing listens', async (url: URL) => (url.port = String(await freePort()))],
    ['with a wrong password', async (url: URL) => (url.password = 'wrong')],
  ])(
    'a DATABASE_URL %s is a sentence that names it, without the password',
    async (_what, spoil) => {
      const url = new URL(database.url);
      const { password } = url;
      await spoil(url);
      const run = place.run({ ...(await elsewhere()), DATABASE_URL: url.href });
      expect(await run.exitCode).toBe(1);
      const said = run.output.split('\n').filter((line) => line.includes('DATABASE_URL'));
      expect(said).toEqual([
        expect.stringMatching(/^tallygate: DATABASE_URL leads to no PostgreSQL/),
      ]);
      expect(run.output).not.toContain('    at ');
      expect(run.output).not.toContain(password);
      expect(place.running()).toEqual([]);
    },
  );

  test(
    'OPENAI_BASE_URL and OPENAI_API_KEY make the first upstream, and no simulator is started',
    async () => {
      const fresh = new StartPlace();
      const freshDatabase = await createDatabase();
      try {
        const run = fresh.run({
          ...(await elsewhere()),
          DATABASE_URL: freshDatabase.url,
          OPENAI_BASE_URL: upstream.url,
          OPENAI_API_KEY: 'sk-of-the-upstream',
        });
        await run.ready();
        const { baseUrl, apiKey } = fresh.quickstart();
        const reply = await fetch(`${baseUrl}/models`, {
          headers: { authorization: `Bearer ${apiKey}` },
        });
        const { data } = modelsSchema.parse(await reply.json());
        expect(data.length).toBeGreaterThan(0);
        expect(data.filter(({ id }) => id.startsWith('sim-'))).toEqual([]);
        expect(run.output).toContain(`"model":"${data[0]?.id}"`);
        expect(fresh.running()).toHaveLength(2);
        expect(run.output).not.toContain('sk-of-the-upstream');
      } finally {
        await fresh.close();
        await freshDatabase.drop();
      }
    },
    PATIENCE_MS,
  );
});
