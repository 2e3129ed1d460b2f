import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('every deliberate fault of `npm run mutants` still finds the text that it takes the place of', async () => {
  const { stdout } = await run(process.execPath, ['scripts/mutants.mjs', '--check']);
  expect(Number(/(\d+) mutants find their texts/.exec(stdout)?.[1])).toBeGreaterThan(100);
});
