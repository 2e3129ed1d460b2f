// @ts-check
import { createRequire } from 'node:module';
import path from 'node:path';
import { aptInstall, distribution, mayApt } from './apt.mjs';
import { ROOT } from './data-dir.mjs';
import { Refusal, say } from './messages.mjs';
import { findOnPath, isExecutable, run } from './processes.mjs';
import { variable } from './settings.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * A Chromium for the end-to-end tests: one that is there (CHROME_PATH, the PATH, Playwright's own),
 * else one that can be had. Refuses with a sentence.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const named = variable('CHROME_PATH') ?? variable('CHROMIUM_PATH');
  if (named !== undefined) {
    if (isExecutable(named)) return named;
    throw new Refusal(`CHROME_PATH names ${named}, which is not a program.`);
  }
  const found = await findChromium();
  if (found !== null) return found;
  const got = (await fromApt()) ?? (await fromPlaywright());
  if (got !== null) return got;
  throw new Refusal(
    'The tests need Chromium: install it (apt-get install chromium, or Google Chrome) or set CHROME_PATH.',
  );
}

async function findChromium() {
  const found = findOnPath(NAMES) ?? (isExecutable(MAC_CHROME) ? MAC_CHROME : null);
  if (found !== null) return found;
  const { chromium } = await import('@playwright/test');
  const own = chromium.executablePath();
  return isExecutable(own) ? own : null;
}

/** Ubuntu's package is a stub for snap, which containers lack; Playwright's own serves there. */
async function fromApt() {
  if (!mayApt() || distribution() !== 'debian') return null;
  say('No Chromium found: getting it with apt-get (TALLYGATE_NO_APT=1 forbids that) …');
  return (await aptInstall('chromium')) ? findOnPath(NAMES) : null;
}

async function fromPlaywright() {
  say("No Chromium found: trying Playwright's own download …");
  const manifest = createRequire(import.meta.url).resolve('@playwright/test/package.json');
  const cli = path.join(path.dirname(manifest), 'cli.js');
  const args = ['install', ...(mayApt() ? ['--with-deps'] : []), 'chromium'];
  const code = await run(process.execPath, [cli, ...args], { cwd: ROOT });
  return code === 0 ? findChromium() : null;
}
