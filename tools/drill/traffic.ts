import { createServer } from 'node:http';
import { readEnv } from '../../src/env';
import { createContainer } from '../../src/server/container';
import { handleNodeRequest } from '../../src/server/gateway/adapters/node';
import { generateApiKey } from '../../src/server/security/api-key';
import { runBootstrap } from '../../src/server/services/bootstrap/run';
import { migrate } from '../../src/server/stores/postgres/migrate';
import type { startSimulator } from '../simulator/server';

/** Who asks; the same before and after. */
export const apiKey = generateApiKey();
const secret = 'a secret of the drill alone';

export interface Stores {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dataDir: string;
}

export interface Instance {
  /** One answer, plain or streamed, read to its end. Throws when it is anything but whole. */
  ask(isStream: boolean): Promise<void>;
  close(): Promise<void>;
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;

/** A gateway over these stores, with the demo tenant and the simulator. */
export async function startInstance(
  { databaseUrl, redisUrl, dataDir }: Stores,
  simulator: Simulator,
): Promise<Instance> {
  await migrate(databaseUrl);
  const container = await createContainer(
    readEnv({
      ...{ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, TALLYGATE_DATA_DIR: dataDir },
      ...{ ENCRYPTION_KEY: secret, NEXTAUTH_SECRET: secret, LOG_LEVEL: 'silent' },
    }),
  );
  const demo = { tenantId: null, email: 'drill@tallygate.local', apiKey };
  await runBootstrap({
    ctx: container.serviceContext({ kind: 'system' }, null),
    input: {
      demo: { ...demo, passwordHash: async () => 'nobody signs in' },
      openai: null,
      simulatorUrl: simulator.url,
    },
  });
  const server = createServer((req, res) => {
    handleNodeRequest(container.handle, req, res, '127.0.0.1').catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const url = `http://127.0.0.1:${address.port}/api/v1/chat/completions`;
  return {
    ask: (isStream) => ask(url, isStream),
    async close() {
      await container.drain(5_000);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(url: string, isStream: boolean): Promise<void> {
  const messages = [{ role: 'user', content: 'Tell me of the harbour.' }];
  const reply = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim-fast', messages, ...(isStream ? { stream: true } : {}) }),
  });
  const text = await reply.text();
  const isWhole = !isStream || text.trimEnd().endsWith('[DONE]');
  if (reply.status !== 200 || !isWhole) throw new Error(`the gateway answered ${reply.status}`);
}

/** Asks without a pause until told to stop; gives the number of answers. */
export function keepAsking(instance: Instance, users: number): { stop(): Promise<number> } {
  let isOver = false;
  let answers = 0;
  const user = async (isStream: boolean) => {
    while (!isOver) {
      await instance.ask(isStream);
      answers += 1;
    }
  };
  const all = Promise.all(Array.from({ length: users }, (_, i) => user(i % 2 === 0)));
  // Seen when it is waited for.
  all.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await all;
      return answers;
    },
  };
}
