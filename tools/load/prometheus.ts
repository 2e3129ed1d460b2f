import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { freePort } from '../../tests/helpers/free-port';
import { until } from '../../tests/helpers/until';

const RULES = path.join(import.meta.dirname, '..', '..', 'deploy', 'prometheus', 'alerts.yml');
const SCRAPE_S = 2;
const STEP_S = 4;
/** Long enough for what is asked to stand in front of the drawing. */
const DRAWN_MS_MAX = 20_000;
/** As tall as all graphs: the page's bar stays in place while it is scrolled. */
const VIEWPORT = { width: 1200, height: 1500 };

/** What the picture shows, each a graph of its own. */
const GRAPHS = [
  'sum by (endpoint, status) (rate(gateway_requests[20s]))',
  'histogram_quantile(0.99, sum by (le) (rate(billing_duration_ms_bucket[20s])))',
] as const;

export interface Scraping {
  /** Prometheus's own graph page over the last `forMs`, as a picture. */
  draw(forMs: number): Promise<void>;
  close(): Promise<void>;
}

/** A real Prometheus on loopback that scrapes `origin` and judges our alerts; its picture goes to `file`. */
export async function startPrometheus(
  origin: string,
  token: string | null,
  file: string,
): Promise<Scraping> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-prometheus-'));
  const config = path.join(folder, 'prometheus.json');
  // JSON is YAML too.
  writeFileSync(config, JSON.stringify(configFor(new URL(origin).host, token)), { mode: 0o600 });
  const port = await freePort();
  const child = spawn(
    process.env.LOAD_PROMETHEUS ?? 'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await until('Prometheus to be ready', async () => {
    const reply = await fetch(`${url}/-/ready`).catch(() => null);
    return reply?.ok === true;
  });
  return {
    draw: (forMs) => draw(url, file, forMs),
    async close() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configFor = (host: string, token: string | null) => ({
  global: { scrape_interval: `${SCRAPE_S}s`, evaluation_interval: `${SCRAPE_S}s` },
  rule_files: [RULES],
  scrape_configs: [
    {
      job_name: 'tallygate',
      metrics_path: '/api/metrics',
      static_configs: [{ targets: [host] }],
      ...(token === null ? {} : { authorization: { credentials: token } }),
    },
  ],
});

async function draw(url: string, file: string, forMs: number): Promise<void> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: VIEWPORT, deviceScaleFactor: 1.5 });
    const asked = GRAPHS.flatMap((expr, index) => [
      [`g${index}.expr`, expr],
      [`g${index}.tab`, '0'],
      [`g${index}.range_input`, `${Math.ceil(forMs / 1_000)}s`],
      [`g${index}.step_input`, String(STEP_S)],
    ]);
    await page.goto(`${url}/classic/graph?${new URLSearchParams(asked)}`);
    const drawings = page.locator('.rickshaw_graph svg path');
    await drawings.nth(GRAPHS.length - 1).waitFor({ timeout: DRAWN_MS_MAX });
    await page.waitForLoadState('networkidle');
    await page.evaluate('document.activeElement.blur()');
    await page.screenshot({ path: file });
  } finally {
    await browser.close();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
