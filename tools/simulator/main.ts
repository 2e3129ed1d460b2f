import { z } from 'zod';
import { type Simulator, startSimulator } from './server';

const environmentSchema = z.object({
  SIMULATOR_HOST: z.string().default('127.0.0.1'),
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  SIMULATOR_API_KEY: z.string().optional(),
  SIMULATOR_PACE: z.coerce.number().min(0).default(1),
  SIMULATOR_JOURNAL: z.string().optional(),
});

async function main(): Promise<void> {
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  const environment = environmentSchema.safeParse(Object.fromEntries(given));
  if (!environment.success) return fail(z.prettifyError(environment.error));
  const { data } = environment;
  let simulator: Simulator | undefined;
  const stop = (): void => {
    void (simulator?.close() ?? Promise.resolve()).then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A parent that forked us and is gone can no longer stop us.
  process.once('disconnect', stop);
  simulator = await startSimulator({
    host: data.SIMULATOR_HOST,
    port: data.SIMULATOR_PORT,
    apiKey: data.SIMULATOR_API_KEY,
    pace: data.SIMULATOR_PACE,
    journalFile: data.SIMULATOR_JOURNAL,
  });
  const ready = { event: 'simulator_ready', url: simulator.url };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function fail(reason: string): void {
  process.stderr.write(`simulator: ${reason}\n`);
  process.exitCode = 1;
}

main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
