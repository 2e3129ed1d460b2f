import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame, Place } from './place-sums';

interface Origin {
  readonly source: string;
  readonly line: number;
}

/** Finds where frames were written, through the source map beside each bundle that has one. */
export function sourcePlaces(root: string): (frame: CallFrame) => Place {
  const maps = new Map<string, SourceMap | null>();
  /** Null for what is no bundle of ours: a package's map names files that it does not ship. */
  const originOf = (file: string, line: number, column: number): Origin | null => {
    if (file.includes('node_modules/')) return null;
    let map = maps.get(file);
    if (map === undefined) {
      map = readMap(`${file}.map`);
      maps.set(file, map);
    }
    const entry = map?.findEntry(line, column);
    if (entry === undefined || !('originalSource' in entry)) return null;
    // Made by the bundler, from no source.
    if (!entry.originalSource) return null;
    return { source: entry.originalSource, line: entry.originalLine };
  };
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName === '' ? '(anonymous)' : functionName;
    if (!url.startsWith('file:') && !path.isAbsolute(url)) return { name, file: url };
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    const written = originOf(file, lineNumber, columnNumber) ?? { source: file, line: lineNumber };
    return { name, file: `${shorten(root, written.source)}:${written.line + 1}` };
  };
}

function readMap(file: string): SourceMap | null {
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

/** From `src/` or the innermost `node_modules/` on; else relative to the checkout. */
function shorten(root: string, file: string): string {
  const modules = file.lastIndexOf('node_modules/');
  if (modules >= 0) return file.slice(modules);
  const from = file.search(/\b(src|tools)\//);
  return from >= 0 ? file.slice(from) : path.relative(root, file);
}
