import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { atOnce, outcomeOf, plain, tally } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';

describe('admissions that Postgres answers too late', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway({ redisUrl: 'off' });
  });
  afterAll(() => gateway.close());

  it('are refused, and hold nothing once it goes on', async () => {
    const tenant = await gateway.admin.newTenant({}, { concurrency: 1 });
    let refused: Promise<Awaited<ReturnType<typeof plain>>[]> | null = null;
    await gateway.database.sql.begin(async (tx) => {
      await tx`select 1 from tenant_quota where tenant_id = ${tenant.id} for update`;
      refused = atOnce(30, (index) => plain(gateway, tenant, { traceId: `late-${index}` }));
      await refused;
    });
    expect(tally((await refused) ?? [])).toEqual({ '503 billing_unavailable': 30 });
    // What still waited for a connection gets one now, a few at a time.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await chargesOf(gateway, tenant)).toEqual([]);
    expect(outcomeOf(await plain(gateway, tenant, { traceId: 'late-0' }))).toBe('200');
    await expectBooksRight(gateway);
  });
});
