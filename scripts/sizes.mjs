// @ts-check
// npm run sizes: how much gzipped JavaScript each page loads at first; exit 1 where it is too much.
import { ensureBuilt } from './lib/build.mjs';
import { complain, runAsScript } from './lib/messages.mjs';
import { asTable, measurePages, PAGE_BYTES_MAX } from './lib/page-sizes.mjs';

await runAsScript(import.meta.url, async () => {
  await ensureBuilt();
  const pages = measurePages();
  process.stdout.write(`${asTable(pages)}\n`);
  const heavy = pages.filter(({ bytes }) => bytes > PAGE_BYTES_MAX);
  for (const { path } of heavy) complain(`${path} loads more than ${PAGE_BYTES_MAX / 1000} kB.`);
  return heavy.length === 0 ? 0 : 1;
});
