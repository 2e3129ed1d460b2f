import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { processesWith } from '../helpers/running';
import { StartRun } from '../helpers/start-process';

const PATIENCE_MS = 600_000;
const LEAK = path.join(import.meta.dirname, '..', 'helpers', 'keeps-requests.mjs');
const figures = z.object({
  readings: z.array(z.looseObject({ requests: z.number(), heapBytes: z.number() })),
  outcomes: z.record(z.string(), z.number()),
  faults: z.array(z.string()),
});

let tmp: string;
beforeEach(() => {
  tmp = mkdtempSync(path.join(os.tmpdir(), 'tallygate-soaks-'));
});
afterEach(() => rmSync(tmp, { recursive: true, force: true }));

/** A short one, with stores of its own under a folder of its own. */
async function soak(...more: string[]) {
  const json = path.join(tmp, 'figures.json');
  const small = ['--users', '16', '--tenants', '8', '--json', json, ...more];
  const run = new StartRun({ TMPDIR: tmp }, { script: 'soak', args: small });
  const code = await run.exitCode;
  return { code, output: run.output, ...figures.parse(JSON.parse(readFileSync(json, 'utf8'))) };
}

test(
  'npm run soak through an outage of each store: nothing kept, every answer charged, nothing left running',
  async () => {
    const sizes = ['--requests', '1600', '--warm-up', '800', '--every', '400'];
    const { code, output, readings, outcomes, faults } = await soak(...sizes, '--outage-s', '2');
    expect(faults, output).toEqual([]);
    expect(code).toBe(0);
    expect(readings.map(({ requests }) => requests)).toEqual([800, 1_200, 1_600]);
    expect(output).toContain('postgres is away for 2 s');
    expect(output).toContain('redis is away for 2 s');
    for (const ended of ['stream: whole', 'repeated: replayed', 'left in mid-stream: left']) {
      expect(outcomes[ended]).toBeGreaterThan(0);
    }
    expect(processesWith(tmp)).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'npm run soak of a gateway that keeps its requests fails, and says what grew',
  async () => {
    const sizes = ['--requests', '600', '--warm-up', '300', '--every', '300'];
    const { code, output, faults } = await soak(...sizes, '--outage-s', '0', '--preload', LEAK);
    expect(faults, output).toContainEqual(expect.stringContaining('The heap grew to'));
    expect(code).toBe(1);
  },
  PATIENCE_MS,
);
