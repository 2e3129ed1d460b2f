import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ask, tenantOf } from '../helpers/quickstart-client';
import { StartPlace, type StartRun, untilGone } from '../helpers/start-process';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PATIENCE_MS = 300_000;

describe('npm run dev', () => {
  const place = new StartPlace();
  const tracked = () =>
    readFileSync(path.join(ROOT, 'tsconfig.build.json'), 'utf8') +
    readFileSync(path.join(ROOT, 'tsconfig.json'), 'utf8');
  let run: StartRun;
  let before: string;
  beforeAll(async () => {
    before = tracked();
    run = place.run(
      { PORT: String(await freePort()) },
      { npm: true, script: 'dev', terminal: true },
    );
    await run.ready();
  }, PATIENCE_MS);
  afterAll(() => place.close());

  test(
    'serves and bills a request, straight from the sources',
    async () => {
      const quickstart = place.quickstart();
      const reply = await ask(quickstart, 'Hello');
      expect(await reply.text()).toContain('data: [DONE]');
      await expect.poll(() => tenantOf(quickstart)).toMatchObject({ dailyUsed: 1, held: '0' });
    },
    PATIENCE_MS,
  );

  test('stops at Ctrl-C with exit code 0, leaves nothing running and no tracked file changed', async () => {
    run.pressCtrlC();
    expect(await run.exitCode).toBe(0);
    // Next's own helpers notice a moment later that it has gone.
    await untilGone(place.running());
    expect(tracked()).toBe(before);
  });
});
