import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { parseOptions } from '../parse-options';
import { startPostgres15 } from '../postgres-15';
import { findDumpPrograms, howToGetPrograms } from './programs';
import { rehearse } from './rehearse';
import { drill } from './restore';

/** The server that is brought up for the drill: the bundled one. */
const BUNDLED_MAJOR = 18;

const begunMs = performance.now();
try {
  const { values } = parseOptions({
    options: {
      from: { type: 'string' },
      tenants: { type: 'string', default: '200' },
      transactions: { type: 'string', default: '20000' },
    },
  });
  const { TEST_DATABASE_URL: targetServerUrl, TEST_REDIS_URL: redisUrl } = process.env;
  if (!targetServerUrl || !redisUrl) throw new Error('Run it as npm run drill.');
  const programs = findDumpPrograms();
  if (programs === null) throw new Error(`There is no pg_dump: ${howToGetPrograms(15)}.`);
  const common = { targetServerUrl, redisUrl, programs, say: (line: string) => console.log(line) };
  const size = { tenants: Number(values.tenants), transactions: Number(values.transactions) };
  const { ok } =
    values.from === undefined
      ? await ofItsOwn(targetServerUrl, programs.major, (sourceUrl) =>
          rehearse({ ...common, sourceUrl }, size),
        )
      : await drill({ ...common, sourceUrl: values.from });
  const took = `${((performance.now() - begunMs) / 1000).toFixed(1)} s`;
  console.log(ok ? `\nok: there and back in ${took}` : `\nNOT ok, after ${took}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(
    `The drill was broken off: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exitCode = 2;
}

/** On the bundled server, or, where pg_dump is older than that, on PostgreSQL 15. */
async function ofItsOwn<T>(
  serverUrl: string,
  major: number,
  run: (sourceUrl: string) => Promise<T>,
): Promise<T> {
  if (major >= BUNDLED_MAJOR) return await run(await makeDatabase(serverUrl));
  const old = await startPostgres15();
  try {
    return await run(await makeDatabase(old.url));
  } finally {
    await old.stop();
  }
}

async function makeDatabase(serverUrl: string): Promise<string> {
  const name = `drill_source_${randomBytes(4).toString('hex')}`;
  const sql = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`create database ${name}`);
  await sql.end({ timeout: 5 });
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
