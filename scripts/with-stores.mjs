// @ts-check
// node scripts/with-stores.mjs -- <command …>: runs a command with a throwaway PostgreSQL and Redis.
import { ensureInstalled } from './lib/install.mjs';
import { watchInterrupts } from './lib/interrupts.mjs';
import { Refusal, runAsScript } from './lib/messages.mjs';
import { run } from './lib/processes.mjs';
import { startThrowawayStores } from './lib/throwaway-stores.mjs';

await runAsScript(import.meta.url, async () => {
  const args = process.argv.slice(2).filter((arg, index) => index > 0 || arg !== '--');
  const [command, ...rest] = args;
  if (command === undefined) {
    throw new Refusal('Usage: node scripts/with-stores.mjs -- <command …>');
  }
  const interrupts = watchInterrupts();
  await ensureInstalled();
  const stores = await startThrowawayStores();
  try {
    interrupts.check();
    return await run(command, rest, { env: { ...process.env, ...stores.env } });
  } finally {
    await stores.stop();
  }
});
