import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place';
import { startProgram } from './program';
import type { Subject } from './subject';

const ROUTE = `export const dynamic = 'force-dynamic';

export async function POST(request) {
  const upstream = await fetch(process.env.UPSTREAM_URL + '/chat/completions', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: request.headers.get('authorization') ?? '',
    },
    body: await request.arrayBuffer(),
  });
  const headers = { 'content-type': upstream.headers.get('content-type') ?? '' };
  return new Response(upstream.body, { status: upstream.status, headers });
}
`;
const CONFIG = `export default {
  compress: false,
  poweredByHeader: false,
};
`;
const ROUTE_FILE = 'app/api/chat/completions/route.js';

/** The proxy that anyone would write first: one Next route, fetch, the body handed on. No billing. */
export async function startNextProxy(place: Place, port: number): Promise<Subject> {
  const folder = path.join(place.benchDir, 'next-proxy');
  const next = path.join(place.root, 'node_modules', 'next', 'dist', 'bin', 'next');
  await buildOnce(folder, next);
  const program = await startProgram({
    place,
    args: [next, 'start', '-H', '127.0.0.1', '-p', String(port)],
    cwd: folder,
    cores: place.cores.one,
    env: { UPSTREAM_URL: place.upstreamUrl, NEXT_TELEMETRY_DISABLED: '1' },
    readyUrl: `http://127.0.0.1:${port}/`,
  });
  const headers = { authorization: 'Bearer sk-bench' };
  return { name: 'next-proxy', port, path: '/api/chat/completions', headers, ...program };
}

/** Inside the checkout, so that it finds the same Next; again only when its text has changed. */
async function buildOnce(folder: string, next: string): Promise<void> {
  const files = { [ROUTE_FILE]: ROUTE, 'next.config.mjs': CONFIG, 'package.json': '{}\n' };
  const isBuilt = existsSync(path.join(folder, '.next', 'BUILD_ID'));
  const isSame = Object.entries(files).every(([name, text]) => holds(folder, name, text));
  if (isBuilt && isSame) return;
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  // Turbopack would take the instrumentation and proxy of the checkout around it for its own.
  await promisify(execFile)(process.execPath, [next, 'build', '--webpack'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
}

const holds = (folder: string, name: string, text: string): boolean =>
  existsSync(path.join(folder, name)) && readFileSync(path.join(folder, name), 'utf8') === text;
