// @ts-check
// node scripts/image-files.mjs <folder>: what a built instance reads while it runs, and nothing else.
// For images: the installed packages are some 600 MB, what may be read of them a sixth.
import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SERVER } from './lib/build.mjs';
import { ROOT } from './lib/data-dir.mjs';
import { Refusal, runAsScript, say } from './lib/messages.mjs';

/** Read by their place, which no trace of imports can see; Next looks up much of itself so. */
const BY_PLACE = [
  '.next',
  'dist',
  'drizzle',
  'next.config.mjs',
  'node_modules/next',
  'package.json',
  'src/server/lua',
];
/** Of Next's build, only ever read by a build. */
const BUILD_ONLY = ['.next/cache', '.next/diagnostics', '.next/trace', '.next/trace-build'];
/** For development, for those who read, or for a service that is not in use: images are not resized. */
const NEVER_RUN = [
  /\.map$/,
  /\.dev\.js$/,
  /^node_modules\/(@img|sharp|typescript|@swc\/core)\//,
  /^node_modules\/next\/dist\/(docs|esm)(\/|$)/,
  /^node_modules\/next\/dist\/compiled\/next-devtools(\/|$)/,
];

await runAsScript(import.meta.url, async () => {
  const target = process.argv[2];
  if (target === undefined) throw new Refusal('Usage: node scripts/image-files.mjs <folder>');
  const traced = [...(await ofServer()), ...ofPages()].filter(
    (file) => file.startsWith('node_modules/') && isNeeded(file),
  );
  for (const file of new Set(traced)) copy(file, target);
  for (const file of BY_PLACE) copy(file, target);
  say(`${new Set(traced).size} files of packages, and ${BY_PLACE.join(', ')}.`);
  return 0;
});

/** @param {string} file */
function isNeeded(file) {
  return !BUILD_ONLY.includes(file) && !NEVER_RUN.some((never) => never.test(file));
}

/** What the self-hosted server imports, Next's own server among it. */
async function ofServer() {
  const nft = createRequire(import.meta.url)('next/dist/compiled/@vercel/nft');
  const options = { base: ROOT, processCwd: ROOT };
  const { fileList } = await nft.nodeFileTrace([SERVER], options);
  return /** @type {Set<string>} */ (fileList);
}

/** What Next has written down of what its pages and routes import. */
function ofPages() {
  const folder = path.join(ROOT, '.next');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.nft.json'))
    .flatMap((name) => {
      const trace = path.join(folder, name);
      /** @type {{ files: string[] }} */
      const { files } = JSON.parse(readFileSync(trace, 'utf8'));
      return files.map((file) => path.relative(ROOT, path.resolve(path.dirname(trace), file)));
    });
}

/** @param {string} file @param {string} target */
function copy(file, target) {
  const from = path.join(ROOT, file);
  if (lstatSync(from, { throwIfNoEntry: false }) === undefined) return;
  const to = path.join(target, file);
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (each) => isNeeded(path.relative(ROOT, each)),
  });
}
