import path from 'node:path';
import { freePort } from '../../../tests/helpers/free-port';
import { startNextProxy } from './next-proxy';
import { startOurs } from './ours';
import type { Place } from './place';
import { startPortkey } from './portkey';
import { startProgram } from './program';
import type { Missing, Subject, SubjectName } from './subject';

/** Starts a subject; what cannot be had here is said, not thrown. */
export async function startSubject(name: SubjectName, place: Place): Promise<Subject | Missing> {
  try {
    return await start(name, place, await freePort());
  } catch (error) {
    return { name, missing: error instanceof Error ? error.message : String(error) };
  }
}

async function start(name: SubjectName, place: Place, port: number): Promise<Subject> {
  const { cores } = place;
  const server = path.join(place.root, 'dist', 'node-server.mjs');
  switch (name) {
    case 'direct':
      return direct(place);
    case 'bare':
      return await startBare(place, port);
    case 'next-proxy':
      return await startNextProxy(place, port);
    case 'portkey':
      return await startPortkey(place, port);
    case 'next': {
      const next = path.join(place.root, 'node_modules', 'next', 'dist', 'bin', 'next');
      const args = [next, 'start', '-H', '127.0.0.1', '-p', String(port)];
      return await startOurs(place, port, { name, args, cores: cores.one });
    }
    case 'billing-off': {
      const args = [path.join(place.benchDir, 'billing-off.mjs')];
      const env = { UPSTREAM_URL: place.upstreamUrl };
      return await startOurs(place, port, { name, args, cores: cores.one, env });
    }
    case 'unobserved': {
      const args = [path.join(place.benchDir, 'unobserved.mjs')];
      const env = { LOG_LEVEL: 'silent' };
      return await startOurs(place, port, { name, args, cores: cores.one, env });
    }
    case 'ours':
      return await startOurs(place, port, { name, args: [server], cores: cores.one });
    case 'ours-2': {
      const env = { WORKERS: '2' };
      return await startOurs(place, port, { name, args: [server], cores: cores.two, env });
    }
  }
}

/** The simulator itself, past every proxy; it belongs to whoever started it. */
function direct({ upstreamUrl }: Place): Subject {
  const port = Number(new URL(upstreamUrl).port);
  const close = async () => undefined;
  return {
    name: 'direct',
    port,
    path: '/v1/chat/completions',
    headers: {},
    pid: null,
    inspectorPort: null,
    close,
  };
}

async function startBare(place: Place, port: number): Promise<Subject> {
  const program = await startProgram({
    place,
    args: [path.join(place.benchDir, 'bare-proxy.mjs')],
    cwd: place.root,
    cores: place.cores.one,
    env: { UPSTREAM_URL: place.upstreamUrl, PORT: String(port) },
    // It sends on whatever it gets; the simulator refuses an empty body.
    readyUrl: `http://127.0.0.1:${port}/`,
  });
  const headers = { authorization: 'Bearer sk-bench' };
  return { name: 'bare', port, path: '/', headers, ...program };
}
