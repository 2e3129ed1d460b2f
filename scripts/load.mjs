// @ts-check
// npm run load: 100 users for 5 minutes, then the gateway's own time and every charge.
// --users, --minutes, --think-ms, --model, --json FILE; --prometheus FILE.png: a picture of how a real
// Prometheus saw it; --url with --key (and --metrics-token): a running instance.
// Exit 1: p99 at 100 ms or above, or a charge is wrong.
import { runTool } from './lib/bench-tool.mjs';
import { ensureChromium } from './lib/chromium.mjs';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { runAsScript } from './lib/messages.mjs';
import { run } from './lib/processes.mjs';
import { ensureProgram } from './lib/programs.mjs';

const TOOL = 'tools/load/main.ts';

await runAsScript(import.meta.url, async () => {
  const args = process.argv.slice(2);
  if (args.some((arg) => arg.startsWith('--prometheus'))) {
    process.env.LOAD_PROMETHEUS = await ensureProgram('prometheus');
    process.env.CHROMIUM_PATH = await ensureChromium();
  }
  const isElsewhere = args.some((arg) => arg === '--url' || arg.startsWith('--url='));
  if (!isElsewhere) return await runTool(TOOL, args, { pinned: false });
  await ensureInstalled();
  return await run(process.execPath, ['--import', 'tsx', TOOL, ...args], { cwd: ROOT });
});
