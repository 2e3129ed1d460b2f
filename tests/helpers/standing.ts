import type { TestTenant } from './admin-client';
import type { BuiltGateway } from './built-gateway';
import { until } from './until';

/**
 * All that a request could change for a tenant: its ledger and quota rows, its key quotas, every
 * one of its Redis keys, and what its upstream was asked. Two equal ones: nothing has happened.
 */
export async function standingOf(gateway: BuiltGateway, tenant: TestTenant) {
  await until('open operations to be folded', async () => {
    const open = await gateway.redis.hlen(`{gw:quota:tenant:${tenant.id}}:ops`);
    return open === 0;
  });
  const { sql } = gateway.database;
  const [quota, charges, keyQuotas] = await Promise.all([
    sql`select * from tenant_quota where tenant_id = ${tenant.id}`,
    sql`select id, status, attempt, amount from billing_transaction
      where tenant_id = ${tenant.id} order by id`,
    sql`select * from api_key_quota where api_key_id = ${tenant.keyId} order by quota_type`,
  ]);
  return {
    quota: [...quota],
    charges: [...charges],
    keyQuotas: [...keyQuotas],
    redis: await redisKeysOf(gateway, tenant.id),
    upstreamCalls: gateway.simulator.stats().requests.length,
  };
}

async function redisKeysOf({ redis }: BuiltGateway, tenantId: string) {
  const found: Record<string, unknown> = {};
  let cursor = '0';
  do {
    const [next, names] = await redis.scan(cursor, 'MATCH', `*${tenantId}*`, 'COUNT', '1000');
    cursor = next;
    for (const name of names) found[name] = await dump(redis, name);
  } while (cursor !== '0');
  return found;
}

async function dump(redis: BuiltGateway['redis'], name: string): Promise<unknown> {
  switch (await redis.type(name)) {
    case 'hash':
      return await redis.hgetall(name);
    case 'zset':
      return await redis.zrange(name, '0', '-1', 'WITHSCORES');
    case 'string':
      return await redis.get(name);
    default:
      return null;
  }
}
