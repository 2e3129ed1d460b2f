import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';
import { ordinaryUser } from '../helpers/ordinary-user';
import { StartPlace } from '../helpers/start-process';

/** One line for the person at the terminal, no stack. */
const sentence = (text: string) => new RegExp(`^tallygate: [^\\n]*${text}[^\\n]*\\.\\n$`, 'm');

let place: StartPlace;
let port: string;
beforeEach(async () => {
  place = new StartPlace();
  port = String(await freePort());
});
afterEach(() => place.close());

describe('a TALLYGATE_DATA_DIR that cannot be made is a sentence and exit code 1', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-disk-'));
    writeFileSync(path.join(folder, 'file'), '');
    symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dangling'));
    mkdirSync(path.join(folder, 'closed'));
    chmodSync(path.join(folder, 'closed'), 0o555);
    chmodSync(folder, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['below a regular file', 'file/a/b', 'a part of the path is not a folder'],
    ['a link to nowhere', 'dangling', 'something else is in its place'],
    ['a name that is too long', 'a'.repeat(300), 'its name is too long'],
  ])('%s', async (_what, name, complaint) => {
    const run = place.run({ PORT: port, TALLYGATE_DATA_DIR: path.join(folder, name) });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence(`cannot be used: ${complaint}`));
  });

  test('below /proc, where Node’s own mkdir would never end', async () => {
    const run = place.run({ PORT: port, TALLYGATE_DATA_DIR: '/proc/tallygate/data' });
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('/proc/tallygate/data cannot be used: '));
  });

  test('a folder that this user may only read', async () => {
    const user = ordinaryUser();
    // Root may write everywhere but here.
    const closed = user === null ? '/sys/tallygate' : path.join(folder, 'closed');
    const run = place.run(
      { PORT: port, TALLYGATE_DATA_DIR: closed },
      user === null ? {} : { user },
    );
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('cannot be used: (this user may not use it|.*read-only)'));
  });
});

describe('a disk that is full is a sentence and exit code 1', () => {
  const fullAt = (name: string) => ({
    PORT: port,
    FULL_DISK_AT: name,
    NODE_OPTIONS: `--import=${pathToFileURL(path.join(import.meta.dirname, '../helpers/full-disk.mjs'))}`,
  });

  test.each([
    ['at the first write', '.probe-'],
    ['when the lock is taken', `${path.sep}lock`],
    ['when the server is noted in it', `${path.sep}lock.`],
    ['when the secrets are kept', 'secrets.json'],
    ['when a port is remembered', 'ports.json'],
    ['when Redis is set up', 'redis.conf'],
    ['when it is ready and says so', 'quickstart.json'],
  ])('%s, and nothing is left running', async (_when, name) => {
    const run = place.run(fullAt(name));
    expect(await run.exitCode).toBe(1);
    expect(run.output).toMatch(sentence('the disk is full'));
    expect(run.output).not.toContain('    at ');
    expect(place.running()).toEqual([]);
  });
});
