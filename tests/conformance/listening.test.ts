import { spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../helpers/database';
import { freePort } from '../helpers/free-port';
import { TEST_SECRETS } from '../helpers/gateway';

const ROOT = path.join(import.meta.dirname, '..', '..');

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** How a start ends that cannot listen there. */
function start(place: { readonly HOST: string; readonly PORT: string }) {
  const { status, stderr } = spawnSync(process.execPath, ['dist/node-server.mjs'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...{ PATH: process.env.PATH, NODE_ENV: 'production', ...TEST_SECRETS, ...place },
      ...{ DATABASE_URL: database.url, REDIS_URL: 'off', LOG_LEVEL: 'silent' },
    },
  });
  return { status, said: stderr.trim().split('\n').at(-1) };
}

it('a start that cannot listen ends with 1 and a sentence that names the variable', async () => {
  const port = await freePort();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  const ends = [
    start({ HOST: '127.0.0.1', PORT: String(port) }),
    // An address for documentation: no machine has it.
    start({ HOST: '192.0.2.1', PORT: String(port) }),
    start({ HOST: 'no-such-host.invalid', PORT: String(port) }),
  ];
  taken.close();
  expect(ends.map(({ status }) => status)).toEqual([1, 1, 1]);
  expect(ends[0]?.said).toMatch(/^The port is taken .* Set PORT to another one\.$/);
  expect(ends[1]?.said).toMatch(
    /^HOST is no address of this machine .* Set it to one, or 0\.0\.0\.0\.$/,
  );
  expect(ends[2]?.said).toMatch(/^HOST names no address .* Set it to one, or 0\.0\.0\.0\.$/);
});
