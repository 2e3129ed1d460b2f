import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { StartPlace, type StartRun } from '../helpers/start-process';

const PATIENCE_MS = 300_000;
const portsSchema = z.record(z.string(), z.number());

describe('what an earlier start left in the data folder', () => {
  // A path that PostgreSQL, Redis and a shell each read in their own way.
  const place = new StartPlace({ label: "Zoë's 账 data " });
  let env: { PORT: string };
  beforeAll(async () => {
    env = { PORT: String(await freePort()) };
  });
  afterEach(() => place.stopAll());
  afterAll(() => place.close());

  const file = (...names: string[]) => path.join(place.dataDir, ...names);
  const ports = () => portsSchema.parse(JSON.parse(readFileSync(file('ports.json'), 'utf8')));

  /** One more request is served, and the tenant has been charged for every one so far. */
  async function expectServed(dailyUsed: number): Promise<void> {
    const reply = await ask(place.quickstart(), 'Hello');
    expect(await reply.text()).toContain('data: [DONE]');
    await expect.poll(() => tenantOf(place.quickstart())).toMatchObject({ dailyUsed, held: '0' });
  }

  async function startAgain(): Promise<StartRun> {
    const run = place.run(env);
    await run.ready();
    return run;
  }

  test(
    'a half-made database, whose maker is still at work, is made anew',
    async () => {
      place.run(env);
      await expect.poll(isMakingDatabase, { interval: 5, timeout: PATIENCE_MS }).toBe(true);
      process.kill(place.ownerPid(), 'SIGKILL');
      await startAgain();
      await expectServed(1);
      expect(readdirSync(place.dataDir).filter((name) => name.includes('.new'))).toEqual([]);
    },
    PATIENCE_MS,
  );

  function isMakingDatabase(): boolean {
    if (!existsSync(place.dataDir)) return false;
    const made = readdirSync(place.dataDir).find((name) => /^postgres\.new-[0-9a-f]+$/.test(name));
    return made !== undefined && existsSync(file(made, 'base'));
  }

  test(
    'locks that name a process which is somebody else by now are void, and it is left alone',
    async () => {
      const us = { pid: process.pid, startedAt: '1' };
      writeFileSync(file('lock'), JSON.stringify({ owner: us, isStopping: false, children: [us] }));
      writeFileSync(file('redis', 'pid.json'), JSON.stringify(us));
      writeFileSync(file('postgres', 'postmaster.pid'), `${process.pid}\n${file('postgres')}\n`);
      await startAgain();
      await expectServed(2);
    },
    PATIENCE_MS,
  );

  test(
    'files cut short by a full disk or a power cut are made anew',
    async () => {
      for (const name of ['lock', 'ports.json', 'redis/pid.json', 'quickstart.json']) {
        writeFileSync(file(name), '{"');
      }
      await startAgain();
      await expectServed(3);
    },
    PATIENCE_MS,
  );

  test(
    'ports that others have taken meanwhile are left to them',
    async () => {
      const before = ports();
      const others = await Promise.all(Object.values(before).map(listen));
      try {
        await startAgain();
        await expectServed(4);
        for (const [name, port] of Object.entries(ports())) expect(port).not.toBe(before[name]);
      } finally {
        for (const other of others) other.close();
      }
    },
    PATIENCE_MS,
  );

  test(
    'quickstart.json is void until the new start is ready',
    async () => {
      const port = String(await freePort());
      const taken = await listen(Number(port));
      expect(existsSync(file('quickstart.json'))).toBe(true);
      expect(await place.run({ PORT: port }).exitCode).toBe(1);
      taken.close();
      expect(existsSync(file('quickstart.json'))).toBe(false);
    },
    PATIENCE_MS,
  );
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
