// @ts-check
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { ROOT } from './data-dir.mjs';
import { codeOf, Refusal, say } from './messages.mjs';
import { run } from './processes.mjs';

export const SERVER = path.join(ROOT, 'dist', 'node-server.mjs');
export const SIMULATOR = path.join(ROOT, 'dist', 'simulator.mjs');

const PRINT = path.join(ROOT, 'dist', '.fingerprint');
const BUILD_ID = path.join(ROOT, '.next', 'BUILD_ID');
const SOURCES = [
  'drizzle',
  'next.config.mjs',
  'package-lock.json',
  'postcss.config.mjs',
  'public',
  'scripts/lib/build.mjs',
  'src',
  'tools/simulator',
  'tsconfig.build.json',
  'tsconfig.json',
];

/** Builds unless what is built comes from these very sources and this Node. */
export async function ensureBuilt() {
  const isBuilt = [SERVER, SIMULATOR, BUILD_ID].every((file) => existsSync(file));
  if (isBuilt && readPrint() === fingerprint()) return;
  say('Building (npm run build; a minute or so, only after changes) …');
  await build();
}

/** The portal through Next, the self-hosted server and the simulator as bundles in dist/. */
export async function build() {
  const print = fingerprint();
  try {
    rmSync(PRINT, { force: true });
    mkdirSync(path.dirname(PRINT), { recursive: true });
    await bundle();
    const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
    const next = path.join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next');
    const code = await run(process.execPath, [next, 'build'], { cwd: ROOT, env });
    if (code !== 0)
      throw new Refusal(`next build failed (exit code ${code}); its output is above.`);
    writeFileSync(PRINT, print);
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC'].includes(codeOf(error))) throw error;
    throw new Refusal(`The build cannot be written to ${ROOT} (${codeOf(error)}).`);
  }
}

/**
 * The two programs that run without Next; takes well under a second. A file is replaced as a whole,
 * and only where it changes, so that a process that is started meanwhile never reads half of one.
 */
export async function bundle() {
  const esbuild = await import('esbuild');
  const entries = { 'node-server': 'src/node-server.ts', simulator: 'tools/simulator/main.ts' };
  try {
    const { outputFiles } = await esbuild.build({
      write: false,
      absWorkingDir: ROOT,
      entryPoints: entries,
      outdir: 'dist',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      sourcemap: true,
      logLevel: 'warning',
    });
    return replace(outputFiles);
  } catch (error) {
    if (codeOf(error) !== '') throw error;
    throw new Refusal('The server could not be bundled; the errors are above.');
  } finally {
    await esbuild.stop();
  }
}

/** @param {readonly { path: string, contents: Uint8Array }[]} files */
function replace(files) {
  mkdirSync(path.join(ROOT, 'dist'), { recursive: true });
  for (const { path: file, contents } of files) {
    if (existsSync(file) && readFileSync(file).equals(contents)) continue;
    const whole = `${file}.${process.pid}`;
    writeFileSync(whole, contents);
    renameSync(whole, file);
  }
}

function readPrint() {
  try {
    return readFileSync(PRINT, 'utf8');
  } catch {
    return null;
  }
}

function fingerprint() {
  const hash = createHash('sha256').update(process.versions.node.split('.')[0] ?? '');
  for (const source of SOURCES) addTo(hash, path.join(ROOT, source));
  return hash.digest('hex');
}

/** @param {import('node:crypto').Hash} hash @param {string} file */
function addTo(hash, file) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    for (const name of readdirSync(file).sort()) addTo(hash, path.join(file, name));
  } else if (stat) {
    hash.update(`\0${path.relative(ROOT, file)}\0${stat.size}\0`).update(readFileSync(file));
  }
}
