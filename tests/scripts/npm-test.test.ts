import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childrenOf, processesWith } from '../helpers/running';
import { type RunOptions, StartRun, untilGone } from '../helpers/start-process';

const PATIENCE_MS = 120_000;
const QUICK = 'tests/unit/lock-file.test.ts';

/** Where the runs put their throwaway stores. */
let tmp: string;
beforeEach(() => {
  tmp = mkdtempSync(path.join(os.tmpdir(), 'tallygate-runs-'));
  chmodSync(tmp, 0o755);
});
afterEach(() => rmSync(tmp, { recursive: true, force: true }));

const start = (options: RunOptions, env: Readonly<Record<string, string>> = {}) =>
  new StartRun({ TMPDIR: tmp, ...env }, options);
const running = () => processesWith(tmp);
const stores = () => readdirSync(tmp).filter((name) => name.startsWith('tallygate-test-'));
describe('npm test', () => {
  test(
    'of a chosen file brings up stores, counts, exits 0 and leaves nothing',
    async () => {
      const run = start({ npm: true, script: 'test', args: ['--', QUICK] });
      expect(await run.exitCode).toBe(0);
      expect(run.output).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
      expect(stores()).toEqual([]);
      expect(running()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'that finds nothing to run has failed',
    async () => {
      const run = start({ script: 'test', args: ['tests/unit/no-such.test.ts'] });
      expect(await run.exitCode).toBe(1);
      expect(run.output).toMatch(/\n0 passed, 1 failed\n$/);
    },
    PATIENCE_MS,
  );

  test('without a Redis that could be had is a sentence and exit code 1', async () => {
    const bin = path.join(tmp, 'bin');
    mkdirSync(bin);
    symlinkSync(process.execPath, path.join(bin, 'node'));
    const env = { PATH: bin, TALLYGATE_NO_APT: '1' };
    const run = start({ script: 'test', args: [QUICK] }, env);
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(/^tallygate: The tests need a Redis: .*redis-server.*\.$/m);
  });

  test('with a CHROME_PATH that is no program is a sentence and exit code 1, before any test', async () => {
    const run = start({ script: 'test' }, { CHROME_PATH: '/nowhere/chromium' });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(/^tallygate: CHROME_PATH names \/nowhere\/chromium, which .*\.$/m);
    expect(run.output).not.toContain('passed');
  }, 300_000);
});

describe('node scripts/with-stores.mjs', () => {
  const inNode = (code: string): RunOptions => ({
    script: 'with-stores',
    args: ['--', process.execPath, '-e', code],
  });

  /** Says that it runs, and goes on for longer than any test. */
  const long = inNode(
    "require('node:fs').writeFileSync(process.env.TMPDIR + '/begun', ''); setTimeout(() => 0, 600_000)",
  );
  const untilBegun = () =>
    expect.poll(() => existsSync(path.join(tmp, 'begun')), { timeout: 60_000 }).toBe(true);

  test(
    'hands on real stores, and the exit code',
    async () => {
      const names = ['TEST_DATABASE_URL', 'TEST_REDIS_URL', 'TEST_REDIS_SERVER'];
      const code = `process.exit(${JSON.stringify(names)}.filter((name) => process.env[name]).length + 4)`;
      expect(await start(inNode(code)).exitCode).toBe(7);
      expect(stores()).toEqual([]);
      expect(running()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test('without a command says how it is used', async () => {
    const run = start({ script: 'with-stores' });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toContain('Usage: node scripts/with-stores.mjs -- <command');
  });

  test(
    'at Ctrl-C stops the command and the stores',
    async () => {
      const run = start({ ...long, terminal: true });
      await untilBegun();
      run.pressCtrlC();
      await run.exitCode;
      expect(stores()).toEqual([]);
      expect(running()).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    'clears up after a run that was killed',
    async () => {
      const killed = start(long);
      await untilBegun();
      const [command] = childrenOf(killed.child.pid ?? 0).filter((pid) =>
        processesWith('/begun').includes(pid),
      );
      killed.child.kill('SIGKILL');
      if (command !== undefined) process.kill(command, 'SIGKILL');
      expect(stores()).toHaveLength(1);
      const left = running();
      expect(left.length).toBeGreaterThan(1);
      expect(await start(inNode('')).exitCode).toBe(0);
      await untilGone(left);
      expect(stores()).toEqual([]);
    },
    PATIENCE_MS,
  );
});
