import { type ScriptServer, startScriptServer } from '../../tools/script-server';

/** A PgBouncer in transaction mode, with few connections, before the test run's own PostgreSQL. */
export const startPgbouncer = (poolSize: number): Promise<ScriptServer> =>
  startScriptServer('pgbouncer.mjs', { TEST_POOL_SIZE: String(poolSize) });
