import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ask } from '../helpers/quickstart-client';
import { groupOf, processesWith } from '../helpers/running';
import { StartPlace, type StartRun, untilGone } from '../helpers/start-process';

const PATIENCE_MS = 300_000;
const TWO_SECONDS = '[[sim: {"outputTokens": 40, "perTokenMs": 50}]]';
const TEN_MINUTES = '[[sim: {"outputTokens": 6000, "perTokenMs": 100}]]';

/** What the lock of the data folder says; empty without one. */
function lock(): string {
  const file = path.join(place.dataDir, 'lock');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

// One place for all: making the database takes longer than everything else in a start.
const place = new StartPlace();
let env: { PORT: string };
beforeAll(async () => {
  env = { PORT: String(await freePort()) };
});
afterEach(() => place.stopAll());
afterAll(() => place.close());

describe('npm start in a terminal', () => {
  let run: StartRun;
  beforeEach(async () => {
    run = place.run(env, { npm: true, terminal: true });
    await run.ready();
  }, PATIENCE_MS);

  test('has everything but the stores in the process group of npm', () => {
    const { gateway, ...stores } = place.quickstart().pids;
    expect(groupOf(gateway)).toBe(run.child.pid);
    const isStore = new Set(Object.values(stores));
    for (const pid of [place.ownerPid(), ...place.pids()]) {
      expect(groupOf(pid)).toBe(isStore.has(pid) ? pid : run.child.pid);
    }
  });

  test('at Ctrl-C lets an open stream finish although everybody gets the signal', async () => {
    const stream = await ask(place.quickstart(), TWO_SECONDS);
    run.pressCtrlC();
    expect(await stream.text()).toContain('data: [DONE]');
    expect(await run.exitCode).toBe(0);
    expect(place.running()).toEqual([]);
    expect(lock()).toBe('');
  });

  test('at a second Ctrl-C breaks off what is still open, and leaves nothing running', async () => {
    const stream = await ask(place.quickstart(), TEN_MINUTES);
    const text = stream.text().catch(() => 'cut');
    run.pressCtrlC();
    await run.untilOutput('a second Ctrl-C breaks off');
    // Two signals within half a second are one press, which npm has passed on.
    const pressed = () => run.child.exitCode !== null || run.pressCtrlC();
    await expect.poll(pressed, { interval: 700, timeout: 20_000 }).toBe(true);
    expect(await text).not.toContain('data: [DONE]');
    expect(place.running()).toEqual([]);
  });
});

test(
  'a killed npm cannot pass a signal on: everything drains and stops by itself',
  async () => {
    const run = place.run(env, { npm: true });
    await run.ready();
    const stream = await ask(place.quickstart(), TWO_SECONDS);
    run.child.kill('SIGKILL');
    expect(await stream.text()).toContain('data: [DONE]');
    await untilGone(place.running(), 20_000);
  },
  PATIENCE_MS,
);

describe('a signal to a start that is not ready yet', () => {
  const moments: [string, () => boolean][] = [
    ['as soon as it holds the data folder', () => lock().includes('"owner"')],
    ['while the stores start', () => processesWith(path.basename(place.dataDir)).length > 2],
    ['while the server starts', () => /"children":\s*\[\s*\{/.test(lock())],
  ];

  test.each(moments)(
    '%s stops it, exit code 0, nothing left',
    async (_moment, hasCome) => {
      const run = place.run(env);
      await expect.poll(hasCome, { interval: 10, timeout: PATIENCE_MS }).toBe(true);
      expect(await run.stop('SIGINT')).toBe(0);
      expect(run.output).not.toContain('is ready');
      expect(place.running()).toEqual([]);
      expect(lock()).toBe('');
    },
    PATIENCE_MS,
  );
});
