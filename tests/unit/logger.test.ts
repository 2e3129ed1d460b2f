import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DrizzleQueryError } from 'drizzle-orm';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from '@/server/telemetry/logger';

afterEach(() => vi.restoreAllMocks());

it('the lines of one turn leave in one write that waits for no disk, each with its time', async () => {
  const writes: string[] = [];
  vi.spyOn(fs, 'writeSync').mockImplementation((_fd, text) => {
    writes.push(String(text));
    return Buffer.byteLength(String(text));
  });
  const waits = vi.spyOn(fs, 'fsyncSync');
  const log = createLogger('info');
  const from = Date.now();
  log.info({ n: 1 }, 'request');
  log.info({ n: 2 }, 'request');
  expect(writes).toEqual([]);
  await nextTurn();
  expect(writes).toHaveLength(1);
  expect(waits).not.toHaveBeenCalled();
  const lines =
    writes[0]
      ?.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)) ?? [];
  expect(lines.map(({ n }) => n)).toEqual([1, 2]);
  for (const { time } of lines) {
    expect(new Date(time).toISOString()).toBe(time);
    expect(Date.parse(time)).toBeGreaterThanOrEqual(from);
    expect(Date.parse(time)).toBeLessThanOrEqual(Date.now());
  }
});

it('what a process says last is written before it ends', async () => {
  const logger = path.resolve('src/server/telemetry/logger.ts');
  const program = `import { createLogger } from ${JSON.stringify(logger)};
    createLogger('info').error('last words');
    process.exit(0);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(JSON.parse(stdout)).toMatchObject({ msg: 'last words' });
});

it('an error is told by its kind and place, never by what it quotes', async () => {
  const writes: string[] = [];
  vi.spyOn(fs, 'writeSync').mockImplementation((_fd, text) => {
    writes.push(String(text));
    return Buffer.byteLength(String(text));
  });
  const secret = 'https://hooks.example/as-good-as-a-password';
  const refused = Object.assign(new Error(`value "${secret}" is too long`), { code: '22001' });
  const err = new DrizzleQueryError('update webhook_endpoint set url = $1', [secret], refused);
  createLogger('info').error({ err }, 'tRPC call failed');
  await nextTurn();
  expect(writes.join('')).not.toContain(secret);
  const { err: told } = JSON.parse(writes.join(''));
  expect(told).toMatchObject({ type: 'Error', cause: { code: '22001' } });
  expect(String(told.stack)).toContain('logger.test.ts');
});

it('a turn that says much is written as it goes', () => {
  const writes: number[] = [];
  vi.spyOn(fs, 'writeSync').mockImplementation((_fd, text) => {
    const bytes = Buffer.byteLength(String(text));
    writes.push(bytes);
    return bytes;
  });
  const log = createLogger('info');
  for (let line = 0; line < 1_000; line += 1) log.info({ line }, 'request');
  expect(writes.length).toBeGreaterThan(1);
  expect(Math.max(...writes)).toBeLessThan(16 * 1024);
});
