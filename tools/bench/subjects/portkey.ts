import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Place } from './place';
import { startProgram } from './program';
import type { Subject } from './subject';

const PACKAGE = '@portkey-ai/gateway@1.15.2';

/** Portkey's gateway on Node, which bills nothing; from npm when it is not here yet. */
export async function startPortkey(place: Place, port: number): Promise<Subject> {
  const folder = path.join(place.benchDir, 'portkey');
  const program = path.join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(program)) await install(folder);
  const origin = `http://127.0.0.1:${port}`;
  const started = await startProgram({
    place,
    args: [
      '--import',
      path.join(place.benchDir, 'portkey-headers.mjs'),
      program,
      '--headless',
      `--port=${port}`,
    ],
    cwd: folder,
    cores: place.cores.one,
    env: {},
    readyUrl: origin,
  });
  return {
    name: 'portkey',
    port,
    path: '/v1/chat/completions',
    headers: {
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': place.upstreamUrl,
    },
    ...started,
  };
}

/** Throws where the registry does not have it. */
async function install(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', '--prefix', folder, ...flags, PACKAGE], {
    cwd: folder,
  });
}
