// @ts-check
// npm runs it after every install: mends the Postgres driver.
import { mendDriver } from './lib/mend-driver.mjs';
import { runAsScript } from './lib/messages.mjs';

await runAsScript(import.meta.url, async () => {
  mendDriver();
  return 0;
});
