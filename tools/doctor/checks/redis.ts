import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from '../../../src/server/stores/redis/client';
import { type Finding, reporter } from '../finding';
import { checkRedisVersion } from './versions';

const report = reporter('redis');
const FULL_RATIO = 0.8;

/** Every master: its version, what it does when full, and whether it keeps what it is told. */
export async function checkRedis(redis: RedisClient): Promise<Finding[]> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  return (await Promise.all(nodes.map(checkNode))).flat();
}

type Info = ReadonlyMap<string, string>;

async function checkNode(node: Redis): Promise<Finding[]> {
  const info = parseInfo(await node.info());
  return [
    checkRedisVersion(info),
    role(info),
    policy(info),
    ...room(info),
    ...(await keeping(node, info)),
  ];
}

/** INFO's `name:value` lines. */
export const parseInfo = (text: string): Info =>
  new Map(
    [...text.matchAll(/^([a-z_0-9]+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );

function role(info: Info): Finding {
  if (info.get('role') === 'master') return report.ok('takes writes');
  return report.fail('this is a replica: it takes no writes', 'Let REDIS_URL name the primary');
}

function policy(info: Info): Finding {
  const named = info.get('maxmemory_policy') ?? 'unknown';
  if (named === 'noeviction') return report.ok('maxmemory-policy is noeviction');
  const mend = 'Set maxmemory-policy noeviction, in its configuration too';
  const says = `maxmemory-policy is ${named}`;
  if (info.get('maxmemory') === '0') {
    return report.warn(`${says}: harmless only while there is no limit on its memory`, mend);
  }
  return report.fail(`${says}: it would evict holds, so the gateway leaves it alone`, mend);
}

function room(info: Info): Finding[] {
  const [limit, used] = ['maxmemory', 'used_memory'].map((name) => Number(info.get(name) ?? 0));
  if (!limit || !used) return [];
  const says = `${Math.round((100 * used) / limit)} % of maxmemory used`;
  if (used / limit < FULL_RATIO) return [report.ok(says)];
  return [report.warn(says, 'Raise maxmemory: full, it refuses writes and Postgres judges quota')];
}

async function keeping(node: Redis, info: Info): Promise<Finding[]> {
  if (info.get('aof_enabled') !== '1') {
    const says =
      'no append-only file: after its death every tenant is rebuilt from Postgres, stored answers are gone';
    return [report.warn(says, 'Set appendonly yes and appendfsync everysec')];
  }
  if (info.get('aof_last_write_status') !== 'ok') {
    const says = 'its append-only file could not be written';
    return [report.fail(says, `Look at its log and at its disk's free space`)];
  }
  const fsync = await appendFsync(node);
  if (fsync === 'no') {
    const says = 'appendfsync is no: a power cut takes what the system had not written';
    return [report.warn(says, 'Set appendfsync everysec')];
  }
  return [
    report.ok(`keeps an append-only file (appendfsync ${fsync ?? 'not shown by this server'})`),
  ];
}

/** Null where the server does not let us ask: managed ones often forbid CONFIG. */
async function appendFsync(node: Redis): Promise<string | null> {
  try {
    const reply: unknown = await node.config('GET', 'appendfsync');
    return Array.isArray(reply) && typeof reply[1] === 'string' ? reply[1] : null;
  } catch {
    return null;
  }
}
