import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { loadState } from '../../tools/simulation/runner/state';

const run = promisify(execFile);
const COMMAND = ['--import', 'tsx', 'tools/simulation/main.ts'];
const SEEDS = 2_000;
const MS_MAX = 300_000;

/** In a process of its own, since it replaces the clock. Rejects with its output at a violation. */
async function simulate(...args: string[]): Promise<string> {
  const limits = { timeout: MS_MAX, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(process.execPath, [...COMMAND, ...args], limits).catch(
    (error: unknown) => {
      const told = error instanceof Error && 'stdout' in error ? error.stdout : error;
      throw new Error(String(told).slice(-2_000), { cause: error });
    },
  );
  return stdout;
}

it(
  'no invariant breaks in 2,000 simulated worlds, which between them come to every situation',
  async () => {
    const told = await simulate('--seeds', String(SEEDS), '--workers', '2', '--coverage');
    expect(told.match(/never reached: .*/g) ?? []).toEqual([]);
    expect(told).toContain('every situation was reached');
    expect(told).toContain(`in all ${SEEDS} seeds, `);
  },
  MS_MAX,
);

it('the same seed runs the same, step for step, alone or after others', async () => {
  const [alone, inRow] = await Promise.all([
    simulate('--seed', '4711', '--verbose'),
    simulate('--from', '4701', '--seeds', '11', '--workers', '1', '--verbose'),
  ]);
  const schedule = alone.split('\n').slice(0, -3).join('\n');
  expect(schedule.length).toBeGreaterThan(1_000);
  expect(inRow).toContain(schedule);
});

it('a run that is broken off keeps what it did, and the next one does the rest and no more', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-simulate-'));
  const state = path.join(folder, 'state.json');
  const args = [...COMMAND, '--seeds', '60', '--workers', '2', '--verbose', '--state', state];
  try {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.once('data', () => child.kill('SIGINT'));
    child.stdout.resume();
    const [code] = await once(child, 'close');
    expect(code).toBe(130);
    const done = loadState(state, []).tally.seeds;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(60);
    const told = await simulate('--seeds', '60', '--workers', '2', '--state', state);
    expect(told).toContain(`${60 - done} seeds in `);
    expect(told).toContain('in all 60 seeds, ');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
