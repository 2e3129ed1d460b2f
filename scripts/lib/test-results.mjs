// @ts-check
import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * What a run of Vitest's JSON reporter says; a file that failed without a failed test counts as one.
 * @param {string} file
 * @returns {Counts | null} null: there is no report
 */
export function vitestCounts(file) {
  const report = readJson(file);
  if (report === null) return null;
  /** @type {{ status: string, assertionResults: { status: string }[] }[]} */
  const files = report.testResults;
  const brokenFiles = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

const MESSAGE_LINES_MAX = 6;

/**
 * The tests that a run of Vitest's JSON reporter calls failed: file, title, and how its error begins.
 * @param {string} file
 * @param {string} root what files are named from
 * @returns {string[]}
 */
export function vitestFailures(file, root) {
  /** @type {{ name: string, message?: string, status: string, assertionResults: { status: string, fullName: string, failureMessages: string[] }[] }[]} */
  const files = readJson(file)?.testResults ?? [];
  return files.flatMap(({ name, message, status, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const where = name.replace(`${root}/`, '');
    if (failed.length === 0) return status === 'failed' ? [`${where}\n${start(message)}`] : [];
    return failed.map(
      (test) => `${where} › ${test.fullName}\n${start(test.failureMessages.join('\n'))}`,
    );
  });
}

const start = (text = '') => text.split('\n').slice(0, MESSAGE_LINES_MAX).join('\n');

/**
 * What a run of Playwright's JSON reporter says; a test that passed only when repeated has failed.
 * @param {string} file
 * @returns {Counts | null} null: there is no report
 */
export function playwrightCounts(file) {
  const report = readJson(file);
  if (report === null) return null;
  const { expected, unexpected, flaky, skipped } = report.stats;
  return { passed: expected, failed: unexpected + flaky, skipped };
}

/**
 * A run of npm run chaos counts as one test.
 * @param {number} exitCode
 * @returns {Counts}
 */
export function chaosCounts(exitCode) {
  return { passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 };
}

/**
 * A runner that failed or left nothing behind, with no failed test to show for it, is a failure too.
 * @param {Counts | null} counts
 * @param {number} exitCode
 * @returns {Counts}
 */
export function honest(counts, exitCode) {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  const isUnexplained = failed === 0 && (exitCode !== 0 || counts === null);
  return { passed, failed: isUnexplained ? 1 : failed, skipped };
}

/** @param {string} file */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
