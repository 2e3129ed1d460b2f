import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).optional();
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: names })),
});

/** Where npm would look for `name` from the package at `from`, nearest first. */
function places(from: string, name: string): string[] {
  const own = from === '' ? '' : `${from}/`;
  const at = from.lastIndexOf('/node_modules/');
  const above = from === '' ? [] : places(at === -1 ? '' : from.slice(0, at), name);
  return [`${own}node_modules/${name}`, ...above];
}

it('the lock file names every optional package, also those of other platforms', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../package-lock.json'), 'utf8');
  const { packages } = lockFile.parse(JSON.parse(text));
  const wanted = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ from, name })),
  );
  const missing = wanted.filter(({ from, name }) =>
    places(from, name).every((at) => !packages[at]),
  );
  expect(wanted.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});
