import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { VARIABLES } from '@/env';

const doc = readFileSync(path.join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const section = /^## Variables\n(.*?)^## /ms.exec(doc)?.[1] ?? '';
const firstCells = [...section.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell);

it('docs/operations.md has every variable that is read, once, and no other', () => {
  const named = firstCells.flatMap((cell) =>
    [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  );
  expect([...named].sort()).toEqual([...VARIABLES].sort());
});
