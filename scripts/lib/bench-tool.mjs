// @ts-check
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './build.mjs';
import { ROOT } from './data-dir.mjs';
import { ensureInstalled } from './install.mjs';
import { watchInterrupts } from './interrupts.mjs';
import { findOnPath, run } from './processes.mjs';
import { startThrowawayStores } from './throwaway-stores.mjs';

const PROGRAMS = {
  'bare-proxy': 'tools/bench/subjects/bare-proxy.ts',
  'billing-off': 'tools/bench/subjects/billing-off.ts',
  load: 'tools/bench/load/worker.ts',
  parts: 'tools/bench/parts/worker.ts',
  'portkey-headers': 'tools/bench/subjects/portkey-headers.ts',
};

/**
 * Runs a tool that measures: over a fresh build, stores that write to the disk as in production, and
 * the programs that are measured beside ours. Resolves with the tool's exit code.
 * @param {string} tool @param {readonly string[]} args
 * @param {{ pinned: boolean, durable?: boolean }} options pinned: a core is kept free for what is
 *   measured; durable: false where no time is measured, only what is kept
 */
export async function runTool(tool, args, { pinned, durable = true }) {
  const interrupts = watchInterrupts();
  await ensureInstalled();
  await ensureBuilt();
  await bundlePrograms();
  const proxyCores = pinned ? stepAside() : '';
  const stores = await startThrowawayStores({ durable });
  try {
    interrupts.check();
    return await run(process.execPath, ['--import', 'tsx', path.join(ROOT, tool), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...stores.env, BENCH_PROXY_CORES: proxyCores },
    });
  } finally {
    await stores.stop();
  }
}

/**
 * Our server without metrics and without a line for each request: what they cost is the difference.
 * @type {import('esbuild').Plugin}
 */
const withoutTelemetry = {
  name: 'without-telemetry',
  setup({ onResolve }) {
    const instead = (/** @type {string} */ name) => () => ({
      path: path.join(ROOT, 'tools/bench/subjects', name),
    });
    onResolve({ filter: /^prom-client$/ }, instead('no-prom-client.ts'));
    onResolve({ filter: /\/create-gateway-telemetry$/ }, instead('no-telemetry.ts'));
  },
};

/** Into dist/bench, so that they find node_modules and run as what is built does. */
async function bundlePrograms() {
  const esbuild = await import('esbuild');
  try {
    /** @satisfies {import('esbuild').BuildOptions} */
    const options = {
      absWorkingDir: ROOT,
      outdir: 'dist/bench',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      logLevel: 'warning',
    };
    await esbuild.build({ ...options, entryPoints: PROGRAMS });
    const entryPoints = { unobserved: 'src/node-server.ts' };
    await esbuild.build({ ...options, entryPoints, plugins: [withoutTelemetry] });
  } finally {
    await esbuild.stop();
  }
}

/**
 * Leaves the last core (with four or more, the last two) to the proxies, since the first is where
 * most interrupts go: this process, and all that it starts, goes to the others. Returns the proxies'
 * cores, the last one first; empty: nothing is pinned.
 */
function stepAside() {
  const cores = os.availableParallelism();
  if (cores < 2 || findOnPath(['taskset']) === null) return '';
  const othersLast = cores >= 4 ? cores - 3 : cores - 2;
  const others = `0-${othersLast}`;
  const { status } = spawnSync('taskset', ['-a', '-p', '-c', others, String(process.pid)]);
  return status === 0 ? `${cores - 1},${cores - 2}` : '';
}
