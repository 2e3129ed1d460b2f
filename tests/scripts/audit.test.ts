import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
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
