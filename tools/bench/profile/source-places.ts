import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame, Place } from './cpu-profile';

/** Finds where frames were written, through the source map beside each bundle that has one. */
export function sourcePlaces(root: string): (frame: CallFrame) => Place {
  const maps = new Map<string, SourceMap | null>();
  return ({ functionName, url, lineNumber, columnNumber }) => {
    const name = functionName === '' ? '(anonymous)' : functionName;
    if (!url.startsWith('file:') && !path.isAbsolute(url)) return { name, file: url };
    const file = url.startsWith('file:') ? fileURLToPath(url) : url;
    let map = maps.get(file);
    if (map === undefined) {
      map = readMap(`${file}.map`);
      maps.set(file, map);
    }
    const entry = map?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry) || entry.originalSource === '') {
      return { name, file: `${shorten(root, file)}:${lineNumber + 1}` };
    }
    return { name, file: `${shorten(root, entry.originalSource)}:${entry.originalLine + 1}` };
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
