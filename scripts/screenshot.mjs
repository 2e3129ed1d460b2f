// @ts-check
// npm run screenshot: makes the README's picture of the portal again, with a product of its own that
// answers some traffic.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureBuilt } from './lib/build.mjs';
import { ensureChromium } from './lib/chromium.mjs';
import { letStoresIn, ROOT } from './lib/data-dir.mjs';
import { makeDemoTraffic } from './lib/demo-traffic.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { Refusal, runAsScript, say } from './lib/messages.mjs';
import { freePort } from './lib/ports.mjs';

const PICTURE = path.join(ROOT, 'docs', 'screenshots', 'overview.png');
const READY_MS = 60_000;

/** @typedef {import('./lib/quickstart.mjs').Quickstart} Quickstart */

await runAsScript(import.meta.url, async () => {
  await ensureInstalled();
  await ensureBuilt();
  const executablePath = await ensureChromium();
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tallygate-screenshot-'));
  letStoresIn(dataDir);
  const product = spawn(process.execPath, [path.join(ROOT, 'scripts', 'start.mjs')], {
    env: { ...process.env, PORT: String(await freePort()), TALLYGATE_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const openStream = new AbortController();
  const ended = new Promise((resolve) => product.once('exit', resolve));
  try {
    const quickstart = await untilReady(path.join(dataDir, 'quickstart.json'));
    await makeDemoTraffic(quickstart, openStream.signal);
    mkdirSync(path.dirname(PICTURE), { recursive: true });
    await takePicture(quickstart, executablePath);
  } finally {
    openStream.abort();
    product.kill('SIGTERM');
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  }
  say(`${PICTURE} is made.`);
  return 0;
});

/** @param {string} file @returns {Promise<Quickstart>} */
async function untilReady(file) {
  const deadline = Date.now() + READY_MS;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Refusal('The product did not become ready in time.');
    await sleep(100);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** @param {Quickstart} quickstart @param {string} executablePath */
async function takePicture({ portalUrl, email, password }, executablePath) {
  const { chromium } = await import('@playwright/test');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const viewport = { width: 1440, height: 1200 };
    const page = await browser.newPage({
      viewport,
      deviceScaleFactor: 2,
      locale: 'en-US',
      colorScheme: 'light',
    });
    await page.goto(`${portalUrl}/sign-in`);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Pending', { exact: true }).filter({ visible: true }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await page.evaluate('document.fonts.ready');
    await page.screenshot({ path: PICTURE });
  } finally {
    await browser.close();
  }
}
