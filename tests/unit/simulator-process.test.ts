import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../../tools/simulator/main.ts', import.meta.url));
const loader = ['--import', 'tsx'];

async function readyUrl(child: ChildProcess): Promise<string> {
  let output = '';
  for await (const chunk of child.stdout ?? []) {
    output += String(chunk);
    if (output.includes('\n')) break;
  }
  const ready = JSON.parse(output);
  expect(ready.event).toBe('simulator_ready');
  return ready.url;
}

test('as a process it says where it listens, answers, and ends on SIGTERM', async () => {
  const child = spawn(process.execPath, [...loader, main], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const url = await readyUrl(child);
  expect((await fetch(`${url}/models`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
}, 30_000);

test('a forked process ends when its parent lets go', async () => {
  const child = fork(main, { execArgv: loader, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const exit = once(child, 'exit');
  await readyUrl(child);
  child.disconnect();
  expect(await exit).toEqual([0, null]);
}, 30_000);

test('a wrong variable is named, and exit 1', async () => {
  const env = { ...process.env, SIMULATOR_PORT: 'http' };
  const child = spawn(process.execPath, [...loader, main], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said).toContain('SIMULATOR_PORT');
}, 30_000);
