import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { isRunning } from '../helpers/running';
import { StartPlace } from '../helpers/start-process';

/** One line for the person at the terminal, no stack. */
const sentence = (text: string) => new RegExp(`^tallygate: [^\\n]*${text}[^\\n]*\\.\\n$`, 'm');

describe('npm start refuses with one sentence and exit code 1', () => {
  let place: StartPlace;
  beforeEach(() => {
    place = new StartPlace();
  });
  afterEach(() => place.close());

  test('a PORT that is taken, before anything is started', async () => {
    const server: Server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const run = place.run({ PORT: String(port) });
    expect(await run.exitCode).toBe(1);
    server.close();
    expect(run.output).toMatch(sentence(`PORT ${port} on 127.0.0.1 is taken`));
    expect(readdirSync(place.dataDir)).toEqual([]);
  });

  test.each([
    ['PORT', 'eighty', 'PORT must be a whole number from 1 to 65535'],
    ['PORT', '70000', 'PORT must be a whole number from 1 to 65535'],
    ['DRAIN_MS', '-1', 'DRAIN_MS must be a whole number'],
    ['HOST', '192.0.2.1', 'HOST 192.0.2.1 is not an address of this machine'],
  ])('%s=%s', async (name, value, complaint) => {
    const run = place.run({ PORT: String(await freePort()), [name]: value });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence(complaint));
  });

  test('a variable that only the server can judge, and stops the stores again', async () => {
    const run = place.run({ PORT: String(await freePort()), LOG_LEVEL: 'loud' });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('LOG_LEVEL must be one of'));
    expect(run.output).not.toContain('    at ');
    expect(readdirSync(place.dataDir)).not.toContain('lock');
    expect(readdirSync(path.join(place.dataDir, 'postgres'))).not.toContain('postmaster.pid');
  });

  test('a data folder that is a file', async () => {
    writeFileSync(place.dataDir, '');
    const run = place.run({ PORT: String(await freePort()) });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('cannot be used'));
  });

  test('a second start in the same data folder, and leaves the first one alone', async () => {
    const port = String(await freePort());
    const first = place.run({ PORT: port });
    await first.ready();
    const second = place.run({ PORT: String(await freePort()) });
    expect(await second.exitCode).toBe(1);
    expect(second.output).toMatch(sentence(`already runs in ${place.dataDir}`));
    expect((await fetch(`http://127.0.0.1:${port}/api/health/ready`)).status).toBe(200);
    expect(isRunning(place.ownerPid())).toBe(true);
  }, 300_000);

  test('secrets.json that cannot be read', async () => {
    mkdirSync(place.dataDir);
    writeFileSync(path.join(place.dataDir, 'secrets.json'), '{"ADMIN_TOKEN": ');
    const run = place.run({ PORT: String(await freePort()) });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('secrets.json cannot be read'));
  });
});
