import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const SEEDS_EACH = 1_000;
const MS_MAX = 300_000;

/** In a process of its own, since it replaces the clock. Rejects with its output at a violation. */
async function simulate(...args: string[]): Promise<string> {
  const all = ['--import', 'tsx', 'tools/simulation/main.ts', ...args];
  const limits = { timeout: MS_MAX, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(process.execPath, all, limits).catch((error: unknown) => {
    const told = error instanceof Error && 'stdout' in error ? error.stdout : error;
    throw new Error(String(told).slice(-2_000), { cause: error });
  });
  return stdout;
}

it(
  'no invariant breaks in 2,000 simulated worlds of crashes, delays, losses and roll-backs',
  async () => {
    const halves = await Promise.all(
      [0, SEEDS_EACH].map((from) =>
        simulate('--from', String(from), '--seeds', String(SEEDS_EACH)),
      ),
    );
    for (const told of halves) expect(told).toContain('1000 seeds, ');
  },
  MS_MAX,
);

it('the same seed runs the same, step for step, alone or after others', async () => {
  const [alone, inRow] = await Promise.all([
    simulate('--seed', '4711', '--verbose'),
    simulate('--from', '4701', '--seeds', '11', '--verbose'),
  ]);
  const schedule = alone.split('\n').slice(0, -2).join('\n');
  expect(schedule.length).toBeGreaterThan(1_000);
  expect(inRow).toContain(schedule);
});
