// @ts-check
// npm test: every suite, with a real PostgreSQL, Redis and Chromium, and chaos at the end.
// `npm test -- tests/lua` runs what Vitest finds by these arguments, no browser and no chaos.
// `npm run test:pgbouncer` runs the integration suites with a PgBouncer between them and PostgreSQL.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundle, ensureBuilt } from './lib/build.mjs';
import { ensureChromium } from './lib/chromium.mjs';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { complain, runAsScript, say } from './lib/messages.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';
import { run } from './lib/processes.mjs';
import { ensureProgram, findProgram } from './lib/programs.mjs';
import {
  chaosCounts,
  honest,
  playwrightCounts,
  vitestCounts,
  vitestFailures,
} from './lib/test-results.mjs';
import { startThrowawayStores } from './lib/throwaway-stores.mjs';

/** Puts a PgBouncer in transaction mode between the tests and PostgreSQL. */
const POOLER = '--pooler';
/** Connections for each database: as many as one gateway would have, which it shares with the rest. */
const POOL_SIZE = 12;

/** Variables of a real installation, which tests must never touch. */
const NOT_FOR_TESTS = [
  'ADMIN_TOKEN',
  'CRON_SECRET',
  'DATABASE_URL',
  'DRAIN_DELAY_MS',
  'DRAIN_MS',
  'ENCRYPTION_KEY',
  'ENCRYPTION_KEY_PREVIOUS',
  'GITHUB_BASE_URL',
  'GITHUB_ID',
  'GITHUB_SECRET',
  'GOOGLE_CLIENT_ID',
  'GOOGLE_CLIENT_SECRET',
  'HOST',
  'MAIL_FROM',
  'METRICS_TOKEN',
  'NEXTAUTH_SECRET',
  'NEXTAUTH_URL',
  'NODE_ENV',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_SERVICE_NAME',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'PORT',
  'REDIS_CLUSTER',
  'REDIS_URL',
  'SIGN_UP',
  'SMTP_URL',
  'TALLYGATE_DATA_DIR',
  'TALLYGATE_FAILPOINT',
  'TRIAL_CREDIT',
  'TRUST_PROXY',
  'WEBHOOK_PRIVATE_HOSTS',
  'WORKERS',
];

await runAsScript(import.meta.url, async () => {
  const isPooled = process.argv.includes(POOLER);
  const chosen = process.argv.slice(2).filter((argument) => argument !== POOLER);
  const isUnchosen = chosen.length === 0;
  if (isPooled && isUnchosen) chosen.push('tests/integration');
  const isWhole = chosen.length === 0;
  const interrupts = watchInterrupts();
  await ensureInstalled();
  await (isUnchosen ? ensureBuilt() : bundle());
  const chromium = isWhole ? await ensureChromium() : null;
  const programs = await testPrograms(isUnchosen);
  interrupts.check();
  const stores = await startThrowawayStores();
  const reports = mkdtempSync(path.join(os.tmpdir(), 'tallygate-reports-'));
  /** @type {{ url: string, stop: () => Promise<void> } | null} */
  let pooler = null;
  try {
    if (isPooled) pooler = await poolerBefore(stores.env.TEST_DATABASE_URL ?? '');
    const pooled = pooler === null ? {} : { TEST_POOLER_URL: pooler.url };
    const env = { ...testEnv(), ...programs, ...stores.env, ...pooled };
    /** @type {[string, Counts][]} */
    const results = isWhole
      ? await everyProject(env, reports, interrupts.check)
      : [['vitest', await vitest(chosen, env, path.join(reports, 'chosen'))]];
    interrupts.check();
    if (chromium !== null) {
      results.push(['playwright', await playwright({ ...env, CHROMIUM_PATH: chromium }, reports)]);
    }
    interrupts.check();
    if (isWhole) results.push(['chaos', await chaos(env)]);
    interrupts.check();
    return summarise(new Map(results), isWhole);
  } finally {
    await pooler?.stop();
    await stores.stop();
    rmSync(reports, { recursive: true, force: true });
  }
});

/** @param {string} serverUrl */
async function poolerBefore(serverUrl) {
  return await startPgbouncer(await ensureProgram('pgbouncer'), serverUrl, POOL_SIZE);
}

/** @typedef {import('./lib/test-results.mjs').Counts & { failures?: readonly string[] }} Counts */

/** @returns {NodeJS.ProcessEnv} */
function testEnv() {
  const kept = Object.entries(process.env).filter(([name]) => !NOT_FOR_TESTS.includes(name));
  return Object.fromEntries(kept);
}

/**
 * What stands beside the stores in some tests; a part of the suites does with what is there.
 * @param {boolean} isUnchosen
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function testPrograms(isUnchosen) {
  /** @param {import('./lib/programs.mjs').Program} name */
  const find = async (name) =>
    isUnchosen ? await ensureProgram(name) : (findProgram(name) ?? undefined);
  // The drill finds the newest one by itself.
  await find('pg_dump');
  return {
    TEST_HAPROXY: await find('haproxy'),
    TEST_PGBOUNCER: await find('pgbouncer'),
    TEST_PROMTOOL: await find('promtool'),
  };
}

/**
 * The commands' own tests wait more than they work: they run beside the others, and are shown after.
 * What holds the product to a time comes last, when nothing else runs.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} reports
 * @param {() => void} check throws when the run was interrupted
 * @returns {Promise<[string, Counts][]>}
 */
async function everyProject(env, reports, check) {
  const output = path.join(reports, 'scripts.log');
  const outputFd = openSync(output, 'w');
  try {
    const [others, scripts] = await Promise.all([
      vitest(['--project=unit', '--project=services'], env, path.join(reports, 'others')),
      vitest(['--project=scripts'], env, path.join(reports, 'scripts'), outputFd),
    ]);
    process.stdout.write(readFileSync(output));
    check();
    const timed = await vitest(['--project=timed'], env, path.join(reports, 'timed'));
    return [
      ['vitest', others],
      ['vitest, commands', scripts],
      ['vitest, timed', timed],
    ];
  } finally {
    closeSync(outputFd);
  }
}

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} report its file, without the ending
 * @param {number} [outputFd]
 */
async function vitest(args, env, report, outputFd) {
  const file = `${report}.json`;
  const cli = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const all = [cli, 'run', ...reporters, ...args];
  const options = { cwd: ROOT, env, ...(outputFd === undefined ? {} : { outputFd }) };
  const code = await run(process.execPath, all, options);
  return { ...honest(vitestCounts(file), code), failures: vitestFailures(file, ROOT) };
}

/** @param {NodeJS.ProcessEnv} env @param {string} reports */
async function playwright(env, reports) {
  const report = path.join(reports, 'playwright.json');
  const cli = path.join(ROOT, 'node_modules', '@playwright', 'test', 'cli.js');
  const code = await run(process.execPath, [cli, 'test', '--reporter=list,json'], {
    cwd: ROOT,
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  return honest(playwrightCounts(report), code);
}

/**
 * Two minutes of it, always the same plan; it brings up everything itself, and kills it.
 * @param {NodeJS.ProcessEnv} env
 */
async function chaos(env) {
  const script = path.join(ROOT, 'scripts', 'chaos.mjs');
  const args = [script, '--quick', '--seed', '1'];
  return chaosCounts(await run(process.execPath, args, { cwd: ROOT, env }));
}

/**
 * @param {ReadonlyMap<string, Counts>} results
 * @param {boolean} isWhole a skipped test is then a failure of the run
 */
function summarise(results, isWhole) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  process.stdout.write('\n');
  // Once more at the end: a log of a run is often all that is left of it, and cut short.
  for (const failure of [...results.values()].flatMap(({ failures = [] }) => failures)) {
    say(`failed: ${failure}\n`);
  }
  for (const [runner, { passed, failed, skipped }] of results) {
    say(`${runner}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  const isSkipping = isWhole && total.skipped > 0;
  if (isSkipping) complain('Tests were skipped; that counts as a failure of the run.');
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
  return total.failed === 0 && total.passed > 0 && !isSkipping ? 0 : 1;
}
