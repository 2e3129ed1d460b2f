// @ts-check
// npm run build
import { build } from './lib/build.mjs';
import { runAsScript } from './lib/messages.mjs';

await runAsScript(import.meta.url, async () => {
  await build();
  return 0;
});
