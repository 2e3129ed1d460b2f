import { Cluster } from 'ioredis';
import type { RedisClient } from './client';
import { guardedRedis, RedisUnavailable } from './failure';

/**
 * Whether this Redis may hold money: it answers, on every master, and it never evicts a key to make
 * room. Throws RedisUnavailable otherwise.
 */
export async function expectTrustworthy(client: RedisClient): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  for (const node of nodes) {
    if (node.status !== 'ready') {
      throw new RedisUnavailable('disconnected', new Error('not connected'));
    }
    const memory = await guardedRedis(() => node.info('memory'));
    if (mayEvict(memory)) {
      throw new RedisUnavailable('forgetful', new Error('maxmemory-policy is not noeviction'));
    }
  }
}

/** Without a limit on its memory Redis evicts nothing, whatever the policy says. */
function mayEvict(info: string): boolean {
  const limit = field(info, 'maxmemory') ?? '0';
  const policy = field(info, 'maxmemory_policy') ?? 'noeviction';
  return limit !== '0' && policy !== 'noeviction';
}

const field = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
