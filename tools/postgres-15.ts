import { type ScriptServer, startScriptServer } from './script-server';

export type OldPostgres = ScriptServer;

/** A real server of the oldest PostgreSQL that is supported. */
export const startPostgres15 = (): Promise<OldPostgres> => startScriptServer('postgres-15.mjs');
