import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const SCRIPTS = path.join(import.meta.dirname, '../scripts');
const said = z.object({ url: z.string() });

export interface ScriptServer {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A server that one of our scripts runs and tells the URL of; it ends with this process at the latest.
 * `env`: more variables.
 */
export async function startScriptServer(
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptServer> {
  const child = spawn(process.execPath, [path.join(SCRIPTS, script)], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let complaint = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaint += bytes.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    return {
      url: said.parse(JSON.parse(line)).url,
      async stop() {
        child.stdin.end();
        await ended;
      },
    };
  }
  throw new Error(`${script} did not start: ${complaint}`);
}
