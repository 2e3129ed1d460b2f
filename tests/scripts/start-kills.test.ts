import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { StartPlace, type StartRun, untilGone } from '../helpers/start-process';

const PATIENCE_MS = 300_000;

describe('what a kill -9 leaves behind', () => {
  const place = new StartPlace();
  let env: { PORT: string };
  let run: StartRun;
  beforeAll(async () => {
    env = { PORT: String(await freePort()) };
    run = place.run(env);
    await run.ready();
  }, PATIENCE_MS);
  afterAll(() => place.close());

  /** One more request is served, and the tenant has been charged for every one so far. */
  async function expectServed(dailyUsed: number): Promise<void> {
    const reply = await ask(place.quickstart(), 'Hello');
    expect(reply.status).toBe(200);
    await reply.text();
    await expect.poll(() => tenantOf(place.quickstart())).toMatchObject({ dailyUsed, held: '0' });
  }

  async function startAgain(): Promise<void> {
    run = place.run(env);
    await run.ready();
  }

  test(
    'stores of a killed start are taken over, and its server drains by itself',
    async () => {
      await expectServed(1);
      const { pids } = place.quickstart();
      const stream = await ask(
        place.quickstart(),
        '[[sim: {"outputTokens": 40, "perTokenMs": 50}]]',
      );
      process.kill(place.ownerPid(), 'SIGKILL');
      expect(await stream.text()).toContain('data: [DONE]');
      await untilGone([pids.gateway]);
      await startAgain();
      expect(place.quickstart().pids).toMatchObject({ postgres: pids.postgres, redis: pids.redis });
      await expectServed(3);
    },
    PATIENCE_MS,
  );

  test(
    'everything killed at once comes back with all its data',
    async () => {
      const killed = [place.ownerPid(), ...place.pids()];
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      await untilGone(killed);
      await startAgain();
      await expectServed(4);
    },
    PATIENCE_MS,
  );

  test(
    'a store that dies is brought up again, and quickstart.json tells its new pid',
    async () => {
      const { gateway, ...stores } = place.quickstart().pids;
      for (const pid of Object.values(stores)) if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await run.untilOutput('PostgreSQL is back');
      if (stores.redis !== undefined) await run.untilOutput('Redis is back');
      const { pids } = place.quickstart();
      expect(pids.gateway).toBe(gateway);
      expect(pids.postgres).not.toBe(stores.postgres);
      const ready = () => fetch(`${place.quickstart().portalUrl}/api/health/ready`);
      await expect.poll(async () => (await ready()).status, { timeout: 20_000 }).toBe(200);
      await expectServed(5);
    },
    PATIENCE_MS,
  );

  test(
    'a server that dies takes everything down with it, exit code 1',
    async () => {
      const pids = place.pids();
      process.kill(place.quickstart().pids.gateway, 'SIGKILL');
      expect(await run.exitCode).toBe(1);
      expect(run.output).toContain('The server has ended by itself (SIGKILL)');
      await untilGone(pids);
    },
    PATIENCE_MS,
  );
});
