import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** What it finds is in tests/integration/doctor.test.ts. */
test('npm run doctor exits 1 where something is to be mended, and says what, as JSON when asked', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-doctor-'));
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'doctor', '--', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, DATABASE_URL: '', REDIS_URL: 'off', TALLYGATE_DATA_DIR: folder },
  });
  rmSync(folder, { recursive: true });
  expect(status).toBe(1);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({
    ok: false,
    findings: expect.arrayContaining([
      expect.objectContaining({ verdict: 'fail', says: 'DATABASE_URL is not set' }),
      expect.objectContaining({ verdict: 'ok', area: 'versions' }),
    ]),
  });
});
