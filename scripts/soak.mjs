// @ts-check
// npm run soak: a million requests of every kind at one gateway, each of its stores away for a
// while, and what it keeps of them. --requests N, --minutes N, --warm-up N, --every N, --users N,
// --tenants N, --outage-s N, --preload MODULE, --json FILE, --snapshots FOLDER.
// Exit 1: its heap or handles grew, something was left behind, or the books are wrong.
import { runTool } from './lib/bench-tool.mjs';
import { runAsScript } from './lib/messages.mjs';

await runAsScript(import.meta.url, () =>
  runTool('tools/soak/main.ts', process.argv.slice(2), { pinned: false, durable: false }),
);
