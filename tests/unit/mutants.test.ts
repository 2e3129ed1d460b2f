import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = path.join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const list = z.object({ MUTANTS: z.array(z.object({ name: z.string() })) });

it('every deliberate fault of `npm run mutants` still finds the text that it takes the place of', async () => {
  const { stdout } = await run(process.execPath, ['scripts/mutants.mjs', '--check']);
  expect(Number(/(\d+) mutants find their texts/.exec(stdout)?.[1])).toBeGreaterThan(100);
});

it('docs/mutants.md tells of each of them what catches it, and of no other', async () => {
  const { MUTANTS } = list.parse(await import(path.join(ROOT, 'scripts/mutants/list.mjs')));
  const page = readFileSync(path.join(ROOT, 'docs/mutants.md'), 'utf8');
  const told = [...page.matchAll(/^\| (.+?) \| [A-F](?:, [A-F])* \| `/gm)].map(([, name]) => name);
  expect(told).toEqual(MUTANTS.map(({ name }) => name));
  expect(page).toMatch(new RegExp(`^${MUTANTS.length} mutants, all caught`, 'm'));
});
