// npm run rotate-encryption-key: seals every secret of the database with ENCRYPTION_KEY that
// ENCRYPTION_KEY_PREVIOUS sealed, in one transaction; API keys stay valid. Safe under traffic while every
// instance knows both, and safe to repeat: docs/operations.md. Exit 1: nothing was changed.
import { readEnv } from '../src/env';
import { createPostgresClient } from '../src/server/stores/postgres/client';
import { sealAnew } from '../src/server/stores/postgres/key-pepper';

try {
  // Redis keeps nothing that is sealed.
  const { REDIS_URL: _, REDIS_URL_FILE: __, ...others } = process.env;
  const env = readEnv({ ...others, REDIS_URL: 'off' });
  if (env.ENCRYPTION_KEY_PREVIOUS === undefined) {
    throw new Error(
      'Set ENCRYPTION_KEY to the new one and ENCRYPTION_KEY_PREVIOUS to the old one.',
    );
  }
  const postgres = createPostgresClient(env.DATABASE_URL, { connectionsMax: 1 });
  try {
    const secrets = await sealAnew(postgres.sql, env.ENCRYPTION_KEY, env.ENCRYPTION_KEY_PREVIOUS);
    console.log(`${secrets} secrets sealed with ENCRYPTION_KEY.`);
  } finally {
    await postgres.close();
  }
} catch (error) {
  console.error(`Nothing was changed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
