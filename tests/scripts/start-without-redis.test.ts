import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { freePort, StartPlace } from '../helpers/start-process';

const PATIENCE_MS = 300_000;

describe('npm start in Postgres-only mode', () => {
  const place = new StartPlace();
  let bareBin: string;
  beforeAll(() => {
    bareBin = mkdtempSync(path.join(os.tmpdir(), 'tallygate-bin-'));
    symlinkSync(process.execPath, path.join(bareBin, 'node'));
    symlinkSync('/bin/sh', path.join(bareBin, 'sh'));
  });
  afterEach(() => place.stopAll());
  afterAll(async () => {
    await place.close();
    rmSync(bareBin, { recursive: true });
  });

  test(
    'says in one line how to get Redis when there is none, and serves',
    async () => {
      const env = { PATH: bareBin, TALLYGATE_NO_APT: '1', PORT: String(await freePort()) };
      const run = place.run(env);
      await run.ready();
      expect(run.output).toMatch(/^tallygate: No Redis found: .*redis-server.*REDIS_URL.*$/m);
      const quickstart = place.quickstart();
      expect(quickstart.redisUrl).toBeNull();
      expect(quickstart.pids.redis).toBeUndefined();
      const reply = await ask(quickstart, 'Hello');
      expect(await reply.text()).toContain('data: [DONE]');
      await expect.poll(() => tenantOf(quickstart)).toMatchObject({ dailyUsed: 1, held: '0' });
    },
    PATIENCE_MS,
  );

  test(
    'REDIS_URL=off starts no Redis although there is one, and says nothing of it',
    async () => {
      const run = place.run({ REDIS_URL: 'off', PORT: String(await freePort()) });
      await run.ready();
      expect(run.output).not.toContain('No Redis found');
      expect(place.quickstart()).toMatchObject({ redisUrl: null });
      expect(place.quickstart().pids.redis).toBeUndefined();
    },
    PATIENCE_MS,
  );
});
