import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
const isFunction = (value: unknown) => typeof value === 'function';
const moduleSchema = z.object({
  vitestCounts: z.custom<(file: string) => Counts | null>(isFunction),
  vitestFailures: z.custom<(file: string, root: string) => string[]>(isFunction),
  playwrightCounts: z.custom<(file: string) => Counts | null>(isFunction),
  chaosCounts: z.custom<(exitCode: number) => Counts>(isFunction),
  honest: z.custom<(counts: Counts | null, exitCode: number) => Counts>(isFunction),
});

describe('the summary of npm test hides no failure', () => {
  let results: z.infer<typeof moduleSchema>;
  let folder: string;
  beforeAll(async () => {
    const file = path.join(import.meta.dirname, '../../scripts/lib/test-results.mjs');
    results = moduleSchema.parse(await import(pathToFileURL(file).href));
    folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-results-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const report = (content: object) => {
    const file = path.join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(content));
    return file;
  };

  test('a file that could not be loaded counts as one failure', () => {
    const file = report({
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [] },
        { status: 'failed', assertionResults: [{ status: 'failed' }] },
        { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }] },
      ],
    });
    expect(results.vitestCounts(file)).toEqual({ passed: 2, failed: 2, skipped: 2 });
  });

  test('the failed tests are named, with the beginning of why', () => {
    const failed = { status: 'failed', fullName: 'a promise holds', failureMessages: ['1\n2\n3'] };
    const file = report({
      testResults: [
        {
          name: '/repo/tests/a.test.ts',
          status: 'failed',
          assertionResults: [{ status: 'passed' }, failed],
        },
        {
          name: '/repo/b.test.ts',
          status: 'failed',
          message: 'no such file',
          assertionResults: [],
        },
        { name: '/repo/c.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] },
      ],
    });
    expect(results.vitestFailures(file, '/repo')).toEqual([
      'tests/a.test.ts › a promise holds\n1\n2\n3',
      'b.test.ts\nno such file',
    ]);
    expect(results.vitestFailures('/no/such/report', '/repo')).toEqual([]);
  });

  test('a browser test that passed only when repeated counts as failed', () => {
    const file = report({ stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 0 } });
    expect(results.playwrightCounts(file)).toEqual({ passed: 3, failed: 2, skipped: 0 });
  });

  test('a run of chaos is one test, and any exit code but 0 its failure', () => {
    expect(results.chaosCounts(0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(results.chaosCounts(1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(results.chaosCounts(130)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('a runner that failed without a failed test counts as one failure', () => {
    const green = { passed: 3, failed: 0, skipped: 0 };
    expect(results.honest(green, 1)).toEqual({ ...green, failed: 1 });
    expect(results.honest(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(results.honest(green, 0)).toEqual(green);
  });
});
