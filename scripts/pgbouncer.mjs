// @ts-check
// node scripts/pgbouncer.mjs: a throwaway PgBouncer in transaction mode before TEST_DATABASE_URL.
// Prints {"url"} once it answers, and ends with its own standard input.
import { ensureInstalled } from './lib/install.mjs';
import { Refusal, runAsScript } from './lib/messages.mjs';
import { startPgbouncer } from './lib/pgbouncer.mjs';
import { inputEnds } from './lib/processes.mjs';
import { ensureProgram } from './lib/programs.mjs';
import { variable } from './lib/settings.mjs';

await runAsScript(import.meta.url, async () => {
  await ensureInstalled();
  const serverUrl = variable('TEST_DATABASE_URL');
  if (serverUrl === undefined) throw new Refusal('TEST_DATABASE_URL names no server.');
  const poolSize = Number(variable('TEST_POOL_SIZE') ?? 6);
  const pooler = await startPgbouncer(await ensureProgram('pgbouncer'), serverUrl, poolSize);
  process.stdout.write(`${JSON.stringify({ url: pooler.url })}\n`);
  await Promise.race([inputEnds(), pooler.ended]);
  await pooler.stop();
  return 0;
});
