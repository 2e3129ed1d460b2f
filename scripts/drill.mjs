// @ts-check
// npm run drill: backup and restore, rehearsed on throwaway stores: a ledger is dumped under traffic,
// restored into a new database, Redis is built anew from it, and both are audited.
// --from DATABASE_URL: your own ledger as it is now, read only; --tenants N, --transactions N: the size
// of the rehearsed one. Exit 1: something came back otherwise; 2: it could not be done.
import path from 'node:path';
import { ROOT } from './lib/data-dir.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { runAsScript } from './lib/messages.mjs';
import { run } from './lib/processes.mjs';
import { startThrowawayStores } from './lib/throwaway-stores.mjs';

await runAsScript(import.meta.url, async () => {
  const interrupts = watchInterrupts();
  await ensureInstalled();
  const stores = await startThrowawayStores();
  try {
    interrupts.check();
    const main = path.join(ROOT, 'tools/drill/main.ts');
    const args = ['--import', 'tsx', main, ...process.argv.slice(2)];
    return await run(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...stores.env } });
  } finally {
    await stores.stop();
  }
});
