import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../../tools/simulator/main.ts', import.meta.url));
const statsSchema = z.looseObject({ openRequests: z.number(), finishedRequests: z.number() });

/** The simulator as a process of its own, so that it shares no event loop with the gateway. */
export async function startSimulatorProcess() {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const piece of child.stdout) {
    said += String(piece);
    if (said.includes('\n')) break;
  }
  const { url } = z.looseObject({ url: z.string() }).parse(JSON.parse(said));
  return {
    url,
    async stats() {
      const reply = await fetch(`${new URL(url).origin}/__sim/stats`);
      return statsSchema.parse(await reply.json());
    },
    async close(): Promise<void> {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
