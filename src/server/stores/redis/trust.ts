import { Cluster, type Redis } from 'ioredis';
import type { RedisClient } from './client';
import { connectedMasters } from './cluster';
import { guardedRedis, RedisUnavailable } from './failure';
import { probeKey } from './keys';

const PROBE_KEY_TTL_MS = 60_000;

/**
 * Whether this Redis may hold money: every master answers and takes a write, and none evicts a key
 * to make room. Throws RedisUnavailable otherwise.
 */
export async function expectTrustworthy(client: RedisClient): Promise<void> {
  if (client instanceof Cluster) {
    for (const { node, probe } of await connectedMasters(client)) await expectOfNode(node, probe);
    return;
  }
  if (client.status !== 'ready') {
    throw new RedisUnavailable('disconnected', new Error('not connected'));
  }
  await expectOfNode(client, probeKey(0));
}

/** One that only reads answers INFO all the same: full, loading, a replica, or short of replicas. */
async function expectOfNode(node: Redis, probe: string): Promise<void> {
  const memory = await guardedRedis(() => node.info('memory'));
  if (mayEvict(memory)) {
    throw new RedisUnavailable('forgetful', new Error('maxmemory-policy is not noeviction'));
  }
  await guardedRedis(() => node.set(probe, '1', 'PX', PROBE_KEY_TTL_MS));
}

/** Without a limit on its memory Redis evicts nothing, whatever the policy says. */
function mayEvict(info: string): boolean {
  const limit = field(info, 'maxmemory') ?? '0';
  const policy = field(info, 'maxmemory_policy') ?? 'noeviction';
  return limit !== '0' && policy !== 'noeviction';
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
