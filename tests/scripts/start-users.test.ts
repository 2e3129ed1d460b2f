import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ordinaryUser } from '../helpers/ordinary-user';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { StartPlace } from '../helpers/start-process';

const PATIENCE_MS = 300_000;

let places: StartPlace[] = [];
const placeIn = (under?: string) => {
  const place = new StartPlace(under === undefined ? {} : { under });
  places.push(place);
  return place;
};
afterEach(async () => {
  for (const place of places) await place.close();
  places = [];
});

async function expectServed(place: StartPlace, dailyUsed: number): Promise<void> {
  const reply = await ask(place.quickstart(), 'Hello');
  expect(await reply.text()).toContain('data: [DONE]');
  await expect.poll(() => tenantOf(place.quickstart())).toMatchObject({ dailyUsed, held: '0' });
}

const ownerOf = (pid: number) => statSync(`/proc/${pid}`).uid;

test(
  'whoever starts it, PostgreSQL never runs as root, and nobody else can read its data',
  async () => {
    const place = placeIn();
    const run = place.run({ PORT: String(await freePort()) });
    await run.ready();
    const { postgres = 0, gateway } = place.quickstart().pids;
    if (process.platform === 'linux') {
      expect(ownerOf(postgres)).not.toBe(0);
      expect(ownerOf(gateway)).toBe(process.getuid?.());
    }
    expect(statSync(path.join(place.dataDir, 'postgres')).mode & 0o077).toBe(0);
    await expectServed(place, 1);
  },
  PATIENCE_MS,
);

test(
  'an ordinary user starts it, and everything runs as that user',
  async () => {
    const user = ordinaryUser() ?? { uid: 0, gid: 0 };
    const place = placeIn();
    const run = place.run({ PORT: String(await freePort()), HOME: os.tmpdir() }, { user });
    await run.ready();
    expect(statSync(path.join(place.dataDir, 'quickstart.json')).uid).toBe(user.uid);
    if (process.platform === 'linux' && user.uid !== 0) {
      for (const pid of place.pids()) expect(ownerOf(pid)).toBe(user.uid);
    }
    await expectServed(place, 1);
    expect(await run.stop('SIGTERM')).toBe(0);
    expect(place.running()).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'a data folder that only its owner can enter serves, and keeps its data',
  async () => {
    const home = mkdtempSync(path.join(os.tmpdir(), 'tallygate-home-'));
    chmodSync(home, 0o700);
    const place = placeIn(home);
    const env = { PORT: String(await freePort()) };
    for (const dailyUsed of [1, 2]) {
      const run = place.run(env);
      await run.ready();
      await expectServed(place, dailyUsed);
      expect(await run.stop()).toBe(0);
    }
    if (process.getuid?.() === 0) {
      const elsewhere = readFileSync(path.join(place.dataDir, 'postgres-home'), 'utf8').trim();
      expect(statSync(path.join(elsewhere, 'postgres')).mode & 0o077).toBe(0);
      rmSync(elsewhere, { recursive: true });
    }
    rmSync(home, { recursive: true });
  },
  PATIENCE_MS,
);
