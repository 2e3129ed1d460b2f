// @ts-check
// npm run pages -- postgres://…: how long each page of the portal takes for a tenant with a long ledger
// (tools/pages/main.ts), over a fresh build and a Redis of its own.
import { runTool } from './lib/bench-tool.mjs';
import { runAsScript } from './lib/messages.mjs';

await runAsScript(import.meta.url, () =>
  runTool('tools/pages/main.ts', process.argv.slice(2), { pinned: false }),
);
