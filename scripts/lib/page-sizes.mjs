// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ROOT } from './data-dir.mjs';

/** What a page's first load may weigh: gzipped JavaScript, in bytes. */
export const PAGE_BYTES_MAX = 200_000;

const BUILD = path.join(ROOT, '.next');
const MANIFEST = 'page_client-reference-manifest.js';

/** @typedef {{ path: string, bytes: number, scripts: readonly string[] }} PageSize */

/**
 * The scripts that a page's HTML names, as the build has written them down, and what they weigh
 * gzipped; heaviest first. What a browser without modules loads, and what is loaded on demand, is in none.
 * @returns {readonly PageSize[]}
 */
export function measurePages() {
  const routes = readJson('app-path-routes-manifest.json');
  const shared = readJson('build-manifest.json').rootMainFiles;
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @param {string} script */
  const weigh = (script) => {
    const bytes = known.get(script) ?? gzipSync(readFileSync(path.join(BUILD, script))).length;
    known.set(script, bytes);
    return bytes;
  };
  return manifests()
    .map(({ page, scripts }) => {
      const all = [...new Set([...shared, ...scripts])];
      const bytes = all.reduce((sum, script) => sum + weigh(script), 0);
      return { path: routes[page] ?? page, bytes, scripts: all };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

/** @param {readonly PageSize[]} pages */
export function asTable(pages) {
  const width = Math.max(...pages.map((page) => page.path.length));
  const lines = pages.map(
    ({ path: page, bytes }) => `${page.padEnd(width)}  ${(bytes / 1000).toFixed(1).padStart(6)} kB`,
  );
  return [`${'page'.padEnd(width)}  JS, gz`, ...lines].join('\n');
}

/** @param {string} name */
const readJson = (name) => JSON.parse(readFileSync(path.join(BUILD, name), 'utf8'));

/** @returns {readonly { page: string, scripts: readonly string[] }[]} */
function manifests() {
  const app = path.join(BUILD, 'server', 'app');
  return readdirSync(app, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === MANIFEST)
    .map((file) => {
      const [, page = '', json = ''] =
        /__RSC_MANIFEST\["([^"]+)"\] = (.*);\s*$/s.exec(
          readFileSync(path.join(app, file), 'utf8'),
        ) ?? [];
      /** @type {Record<string, string[]>} */
      const entries = JSON.parse(json).entryJSFiles;
      return { page, scripts: Object.values(entries).flat() };
    });
}
