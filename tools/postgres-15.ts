import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const SCRIPT = path.join(import.meta.dirname, '../scripts/postgres-15.mjs');
const said = z.object({ url: z.string() });

export interface OldPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real server of the oldest PostgreSQL that is supported; it ends with this process at the latest. */
export async function startPostgres15(): Promise<OldPostgres> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
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
  throw new Error(`There is no PostgreSQL 15: ${complaint}`);
}
