import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const SCRIPTS = path.join(import.meta.dirname, '..', '..', 'scripts');
const files = readdirSync(SCRIPTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => path.join(SCRIPTS, name));

const staticImports = (file: string) =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)\s[^;]*?from '([^']+)';$|^import '([^']+)';$/gm,
    ),
  ].map(([, from, bare]) => from ?? bare ?? '');

describe('scripts run before npm ci: what they import statically is there', () => {
  test.each(files.map((file) => [path.relative(SCRIPTS, file), file]))('%s', (_name, file) => {
    for (const name of staticImports(file)) {
      if (!name.startsWith('node:')) {
        expect(name).toMatch(/^\.\.?\//);
        expect(files).toContain(path.resolve(path.dirname(file), name));
      }
    }
  });

  test('and the imports were really found', () => {
    expect(staticImports(path.join(SCRIPTS, 'start.mjs'))).toContain('./lib/session.mjs');
    expect(staticImports(path.join(SCRIPTS, 'lib', 'session.mjs')).length).toBeGreaterThan(8);
  });
});
