import type { TestGateway } from './gateway';

/**
 * All rows of all tables, with who wrote each last, and all that Redis has of a tenant, with when it
 * goes. Two equal ones: neither store was written to, not even with what stood there already.
 */
export async function dumpStores(gateway: TestGateway, tenant: { readonly id: string }) {
  const { sql } = gateway.database;
  const tables = await sql<{ name: string }[]>`
    select quote_ident(tablename) as name from pg_tables where schemaname = 'public' order by 1`;
  const rows = await Promise.all(
    tables.map(({ name }) => sql.unsafe(`select xmin::text, t::text from ${name} t order by 2`)),
  );
  const postgres = tables.map(({ name }, index) => [name, [...(rows[index] ?? [])]]);
  return { postgres, redis: await redisOf(gateway, tenant.id) };
}

async function redisOf({ redis }: TestGateway, tenantId: string) {
  if (redis === null || redis.status !== 'ready') return null;
  const names = (await redis.keys(`*${tenantId}*`)).sort();
  return await Promise.all(
    names.map(async (name) => [
      name,
      (await redis.dumpBuffer(name))?.toString('hex'),
      await redis.call('PEXPIRETIME', name),
    ]),
  );
}
