import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).optional();
const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: names, hasInstallScript: z.boolean().optional() }),
  ),
});
const manifest = z.object({ allowScripts: z.record(z.string(), z.boolean()) });

const read = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../..', name), 'utf8'));

/** Where npm would look for `name` from the package at `from`, nearest first. */
function places(from: string, name: string): string[] {
  const own = from === '' ? '' : `${from}/`;
  const at = from.lastIndexOf('/node_modules/');
  const above = from === '' ? [] : places(at === -1 ? '' : from.slice(0, at), name);
  return [`${own}node_modules/${name}`, ...above];
}

it('the lock file names every optional package, also those of other platforms', () => {
  const { packages } = lockFile.parse(read('package-lock.json'));
  const wanted = Object.entries(packages).flatMap(([from, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ from, name })),
  );
  const missing = wanted.filter(({ from, name }) =>
    places(from, name).every((at) => !packages[at]),
  );
  expect(wanted.length).toBeGreaterThan(0);
  expect(missing).toEqual([]);
});

it('no install script of a package is needed, and each that has one is named as denied', () => {
  const { packages } = lockFile.parse(read('package-lock.json'));
  const { allowScripts } = manifest.parse(read('package.json'));
  const scripted = Object.entries(packages)
    .filter(([place, { hasInstallScript }]) => place !== '' && hasInstallScript === true)
    .map(([place]) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(allowScripts).toEqual(Object.fromEntries(scripted.map((name) => [name, false])));
});
