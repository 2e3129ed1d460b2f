import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../helpers/free-port';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** What it does when it can look is in tests/integration/admin-audit.test.ts. */
const audit = (env: Readonly<Record<string, string>>) =>
  spawnSync('npm', ['run', '--silent', 'audit'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: '', ...env },
  });

test('npm run audit exits 2 where nothing tells it what to look at', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-audit-'));
  const { status, stderr } = audit({ TALLYGATE_DATA_DIR: folder });
  expect(status).toBe(2);
  expect(stderr).toContain(`Could not audit: Set DATABASE_URL, or run npm start first`);
  rmSync(folder, { recursive: true });
});

test('npm run audit exits 2 where no database answers', async () => {
  const { status, stderr } = audit({
    DATABASE_URL: `postgres://nobody:secret@127.0.0.1:${await freePort()}/none`,
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^Could not audit: .*ECONNREFUSED/m);
  expect(stderr).not.toContain('secret');
  expect(stderr).not.toContain('    at ');
});

test('npm run audit takes an address out of the file that names it, as the server does', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-audit-'));
  const file = path.join(folder, 'database_url');
  writeFileSync(file, `postgres://nobody:secret@127.0.0.1:${await freePort()}/none\n`);
  const { status, stderr } = audit({ DATABASE_URL_FILE: file });
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^Could not audit: .*ECONNREFUSED/m)]);
  const gone = audit({ DATABASE_URL_FILE: path.join(folder, 'none') });
  expect([gone.status, gone.stderr]).toEqual([
    2,
    expect.stringContaining('DATABASE_URL_FILE names a file that cannot be read (ENOENT).'),
  ]);
  rmSync(folder, { recursive: true });
});
