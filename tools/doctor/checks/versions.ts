import type { Sql } from '../../../src/server/stores/postgres/client';
import { type Finding, reporter } from '../finding';

const report = reporter('versions');

const NODE_MIN = [20, 19] as const;
const POSTGRES_MIN = 150_000;
const REDIS_MIN = [6, 2] as const;

type Version = readonly [major: number, minor: number];

function parseVersion(text: string): Version {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return [major, minor];
}

const isAtLeast = ([major, minor]: Version, [minMajor, minMinor]: Version) =>
  major > minMajor || (major === minMajor && minor >= minMinor);

export function checkNode(version = process.versions.node): Finding {
  if (isAtLeast(parseVersion(version), NODE_MIN)) return report.ok(`Node.js ${version}`);
  return report.fail(`Node.js ${version}`, 'Install Node.js 20.19 or newer');
}

export async function checkPostgresVersion(sql: Sql): Promise<Finding> {
  const [row] = await sql<{ number: number; text: string }[]>`
    select current_setting('server_version_num')::int as number,
      current_setting('server_version') as text`;
  if ((row?.number ?? 0) >= POSTGRES_MIN) return report.ok(`PostgreSQL ${row?.text}`);
  return report.fail(`PostgreSQL ${row?.text}`, 'Move to PostgreSQL 15 or newer');
}

/** `info`: what INFO server says. Valkey calls itself a Redis of the version it branched from. */
export function checkRedisVersion(info: ReadonlyMap<string, string>): Finding {
  const valkey = info.get('valkey_version');
  if (valkey !== undefined) return report.ok(`Valkey ${valkey}`);
  const version = info.get('redis_version') ?? '';
  if (isAtLeast(parseVersion(version), REDIS_MIN)) return report.ok(`Redis ${version}`);
  return report.fail(`Redis ${version}`, 'Move to Redis 6.2 or newer, or to Valkey');
}
