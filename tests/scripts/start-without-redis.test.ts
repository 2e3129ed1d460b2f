import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { StartPlace, type StartRun } from '../helpers/start-process';

const PATIENCE_MS = 300_000;
const REDIS = process.env.TEST_REDIS_SERVER ?? '/usr/bin/redis-server';
const MAY_APT = process.getuid?.() === 0 && /^ID="?(debian|ubuntu)"?$/m.test(osRelease());

function osRelease(): string {
  return existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
}

describe('npm start on a machine', () => {
  const place = new StartPlace();
  let bin: string;
  beforeEach(() => {
    bin = mkdtempSync(path.join(os.tmpdir(), 'tallygate-bin-'));
    symlinkSync(process.execPath, path.join(bin, 'node'));
    symlinkSync('/bin/sh', path.join(bin, 'sh'));
  });
  afterEach(async () => {
    await place.stopAll();
    rmSync(bin, { recursive: true });
  });
  afterAll(() => place.close());

  let served = 0;
  /** Starts with nothing but `bin` on the PATH; one request is served and billed. */
  async function startThere(env: Readonly<Record<string, string>> = {}): Promise<StartRun> {
    const run = place.run({ PATH: bin, PORT: String(await freePort()), ...env });
    await run.ready();
    expect(await (await ask(place.quickstart(), 'Hello')).text()).toContain('data: [DONE]');
    served += 1;
    const tenant = () => tenantOf(place.quickstart());
    await expect.poll(tenant).toMatchObject({ dailyUsed: served, held: '0' });
    return run;
  }

  /** An apt-get that notes what it was asked for; `onInstall` is what it then does. */
  function layAptGet(onInstall: string): () => string {
    const log = path.join(bin, 'apt.log');
    const lines = [
      '#!/bin/sh',
      `echo "$@" >> '${log}'`,
      `case "$*" in *install*) ${onInstall};; esac`,
    ];
    writeFileSync(path.join(bin, 'apt-get'), lines.join('\n'));
    chmodSync(path.join(bin, 'apt-get'), 0o755);
    return () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  }

  const expectPostgresOnly = (run: StartRun) => {
    expect(run.output).toMatch(/^tallygate: No Redis found: .*redis-server.*REDIS_URL.*$/m);
    expect(place.quickstart().redisUrl).toBeNull();
    expect(place.quickstart().pids.redis).toBeUndefined();
  };

  test(
    'without Redis, where nothing may be installed, says in one line how to get it, and serves',
    async () => {
      const asked = layAptGet(`/bin/ln -s '${REDIS}' '${bin}/redis-server'`);
      expectPostgresOnly(await startThere({ TALLYGATE_NO_APT: '1' }));
      expect(asked()).toBe('');
    },
    PATIENCE_MS,
  );

  test(
    'without Redis, as root on Debian or Ubuntu, gets it with apt-get and says so',
    async () => {
      const asked = layAptGet(`/bin/ln -s '${REDIS}' '${bin}/redis-server'`);
      const run = await startThere();
      if (MAY_APT) {
        expect(run.output).toMatch(/^tallygate: No redis-server.*apt-get \(TALLYGATE_NO_APT=1.*$/m);
        expect(asked()).toMatch(/update\n.*install .*redis-server\n$/);
        expect(place.quickstart().redisUrl).toMatch(/^redis:/);
      } else {
        expect(asked()).toBe('');
        expectPostgresOnly(run);
      }
    },
    PATIENCE_MS,
  );

  test(
    'where apt-get cannot get it, serves without',
    async () => {
      layAptGet('exit 100');
      const run = await startThere();
      expectPostgresOnly(run);
      if (MAY_APT) expect(run.output).toContain('apt-get could not install redis-server.');
    },
    PATIENCE_MS,
  );

  test(
    'with a valkey-server only, uses that',
    async () => {
      symlinkSync(REDIS, path.join(bin, 'valkey-server'));
      const run = await startThere();
      expect(run.output).not.toContain('No Redis found');
      expect(place.quickstart().pids.redis).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  test(
    'with REDIS_URL=off starts none although there is one, and says nothing of it',
    async () => {
      symlinkSync(REDIS, path.join(bin, 'redis-server'));
      const run = await startThere({ REDIS_URL: 'off' });
      expect(run.output).not.toContain('No Redis found');
      expect(place.quickstart()).toMatchObject({ redisUrl: null });
      expect(place.quickstart().pids.redis).toBeUndefined();
    },
    PATIENCE_MS,
  );
});
