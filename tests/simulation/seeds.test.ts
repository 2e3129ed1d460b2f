import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const SEEDS_EACH = 1_000;
const MS_MAX = 300_000;

/** In a process of its own, since it replaces the clock. Rejects with its output at a violation. */
const simulate = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', 'tools/simulation/main.ts', ...args], {
    timeout: MS_MAX,
    maxBuffer: 64 * 1024 * 1024,
  });

it(
  'no invariant breaks in 2,000 simulated worlds of crashes, delays, losses and roll-backs',
  async () => {
    const halves = await Promise.all(
      [0, SEEDS_EACH].map((from) =>
        simulate('--from', String(from), '--seeds', String(SEEDS_EACH)),
      ),
    );
    for (const { stdout } of halves) expect(stdout).toContain('1000 seeds, ');
  },
  MS_MAX,
);

it('the same seed runs the same, step for step', async () => {
  const [one, other] = await Promise.all([
    simulate('--seed', '4711', '--verbose'),
    simulate('--seed', '4711', '--verbose'),
  ]);
  const schedule = (output: string): string => output.replace(/[\d.]+ seeds a second/, '');
  expect(schedule(one.stdout).length).toBeGreaterThan(1_000);
  expect(schedule(one.stdout)).toBe(schedule(other.stdout));
});
