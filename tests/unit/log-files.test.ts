import { closeSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Plain JavaScript, which the type check of the tests does not read. */
const scriptSchema = z.object({ openLog: z.custom<(file: string) => number>() });
const processes = path.join(import.meta.dirname, '../../scripts/lib/processes.mjs');

test('a log beyond 5 MB is set aside at a start, over the one before: two are the most there are', async () => {
  const { openLog } = scriptSchema.parse(await import(processes));
  const file = path.join(folder, 'redis.log');
  writeFileSync(file, 'x'.repeat(5_000_000));
  closeSync(openLog(file));
  expect(readdirSync(folder)).toEqual(['redis.log']);
  writeFileSync(`${file}.1`, 'older');
  writeFileSync(file, 'y'.repeat(5_000_001));
  closeSync(openLog(file));
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(readFileSync(`${file}.1`, 'utf8')[0]).toBe('y');
  expect(readdirSync(folder)).toHaveLength(2);
});
