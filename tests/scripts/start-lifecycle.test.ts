import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isWellFormedApiKey } from '@/server/security/api-key';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { isRunning } from '../helpers/running';
import { type Quickstart, StartPlace, type StartRun } from '../helpers/start-process';

const PATIENCE_MS = 300_000;
const SLOWLY = '[[sim: {"outputTokens": 40, "perTokenMs": 50}]]';

describe('npm start, from the first start to the second', () => {
  const place = new StartPlace();
  let env: { PORT: string };
  let run: StartRun;
  let first: Quickstart;
  let secondsToReady: number;
  beforeAll(async () => {
    env = { PORT: String(await freePort()) };
    run = place.run(env, { npm: true });
    await run.ready();
    first = place.quickstart();
  }, PATIENCE_MS);
  afterAll(() => place.close());

  test('writes quickstart.json for its owner only, every field as printed', () => {
    expect(first.baseUrl).toBe(`http://127.0.0.1:${env.PORT}/api/v1`);
    expect(new URL(first.portalUrl).origin).toBe(new URL(first.baseUrl).origin);
    expect(isWellFormedApiKey(first.apiKey)).toBe(true);
    for (const name of ['quickstart.json', 'secrets.json']) {
      expect(statSync(path.join(place.dataDir, name)).mode & 0o777).toBe(0o600);
    }
    for (const shown of [first.baseUrl, first.portalUrl, first.email, first.password]) {
      expect(run.output).toContain(shown);
    }
  });

  test('prints one curl command that gets a streamed answer', async () => {
    const curl = /^ {2}curl -N (\S+) -H '(.*?)' -H '(.*?)' -d '(.*)'$/m.exec(run.output);
    const [, url = '', authorization = '', contentType = '', body = ''] = curl ?? [];
    const headers = [authorization, contentType].map((line) => line.split(': '));
    const reply = await fetch(url, {
      method: 'POST',
      headers: Object.fromEntries(headers),
      body,
    });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toMatch(/^data: \{.*data: \[DONE\]\s*$/s);
  });

  test('lets npm run audit find its stores, which agree', () => {
    const { status, stdout } = spawnSync('npm', ['run', '--silent', 'audit'], {
      cwd: path.join(import.meta.dirname, '..', '..'),
      encoding: 'utf8',
      env: { ...process.env, DATABASE_URL: '', TALLYGATE_DATA_DIR: place.dataDir },
    });
    expect(stdout).toMatch(/^holds {3}ledger_adds_up /m);
    expect(stdout).not.toContain('out of reach');
    expect(status).toBe(0);
  });

  test('at SIGTERM to npm finishes an open stream, then leaves nothing running', async () => {
    const pids = [place.ownerPid(), ...place.pids()];
    const reply = await ask(first, SLOWLY);
    expect(reply.status).toBe(200);
    const exitCode = run.stop('SIGTERM');
    const text = await reply.text();
    expect(text.split('"content":').length).toBeGreaterThan(40);
    expect(text).toContain('data: [DONE]');
    expect(await exitCode).toBe(0);
    expect(pids.length).toBeGreaterThanOrEqual(4);
    expect(pids.filter(isRunning)).toEqual([]);
  }, 60_000);

  test(
    'keeps secrets, tenant and what was billed at the second start',
    async () => {
      const begunAt = performance.now();
      run = place.run(env, { npm: true });
      await run.ready();
      secondsToReady = (performance.now() - begunAt) / 1000;
      const { pids: _firstPids, ...kept } = first;
      expect(place.quickstart()).toMatchObject(kept);
      expect(await tenantOf(place.quickstart())).toMatchObject({ dailyUsed: 2, held: '0' });
      expect((await ask(first, 'Hello again')).status).toBe(200);
    },
    PATIENCE_MS,
  );

  test('is ready within ten seconds of npm start when built', () => {
    expect(secondsToReady).toBeLessThan(10);
  });
});
