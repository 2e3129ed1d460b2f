import { readEnv } from '@/env';
import { hashPassword } from '../auth/password';
import { type Container, getContainer } from '../container';
import type { TenantId } from '../domain/ids';
import { bootstrapFromEnv } from '../services/bootstrap/from-env';
import { runBootstrap } from '../services/bootstrap/run';
import { migrate } from '../stores/postgres/migrate';

export interface Started {
  readonly container: Container;
  /** The demo tenant, where one was seeded. */
  readonly tenantId: TenantId | null;
}

/**
 * Brings a process up: environment, migrations, container, first data. Safe on several instances
 * at once. Throws EnvError for a wrong variable, or an error whose message is a sentence.
 */
export async function startTallygate(): Promise<Started> {
  const env = readEnv();
  await migrate(env.DATABASE_URL);
  const container = await getContainer();
  const { tenantId } = await runBootstrap({
    ctx: container.serviceContext({ kind: 'system' }, null),
    input: bootstrapFromEnv(env, hashPassword),
  });
  return { container, tenantId };
}
