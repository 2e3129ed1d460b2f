import path from 'node:path';
import type { Place } from './place';
import { startProgram } from './program';
import type { Subject } from './subject';

/** What a gateway of ours needs that another run of it does not. */
export interface OurOptions {
  readonly name: 'next' | 'ours' | 'ours-2' | 'billing-off' | 'unobserved';
  readonly args: readonly string[];
  readonly cores: string | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one of ours over the shared database, Redis and catalogue. */
export async function startOurs(place: Place, port: number, options: OurOptions): Promise<Subject> {
  const origin = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    place,
    args: options.args,
    cwd: place.root,
    cores: options.cores,
    env: {
      ...place.gatewayEnv,
      HOST: '127.0.0.1',
      PORT: String(port),
      NEXTAUTH_URL: origin,
      NEXT_TELEMETRY_DISABLED: '1',
      TALLYGATE_DATA_DIR: path.join(place.dataDir, options.name),
      ...options.env,
    },
    readyUrl: `${origin}/api/health/ready`,
  });
  return {
    name: options.name,
    port,
    path: '/api/v1/chat/completions',
    // Read when a request is made: the key is bought from the first gateway that runs.
    get headers() {
      return { authorization: `Bearer ${place.apiKey()}` };
    },
    ...program,
  };
}
