// @ts-check
// npm run bench: the gateway beside a bare proxy, a naive Next proxy and Portkey, interleaved.
// --quick, --only a,b, --stores, --profile, --node PATH, --rounds N, --json FILE, --svg FILE.
import { runTool } from './lib/bench-tool.mjs';
import { runAsScript } from './lib/messages.mjs';

await runAsScript(import.meta.url, () =>
  runTool('tools/bench/main.ts', process.argv.slice(2), { pinned: true }),
);
