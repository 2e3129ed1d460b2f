import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '@/server/gateway/sweep';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { type Ask, completionOf, outcomeOf, plain } from '../helpers/buy';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { LiveStream } from '../helpers/live-stream';
import { letLeasesRunOut, type OtherInstance, startOtherInstance } from '../helpers/other-instance';
import { until } from '../helpers/until';

describe('an owner that slept past its lease', () => {
  let gateway: TestGateway;
  let other: OtherInstance;

  beforeAll(async () => {
    gateway = await startGateway();
    other = startOtherInstance(gateway);
  });
  afterAll(async () => {
    await other.close();
    await gateway.close();
  });

  const operations = (tenantId: string) =>
    gateway.redis?.hgetall(`{gw:quota:tenant:${tenantId}}:ops`);

  const untilRunning = (tenant: { readonly id: string }) =>
    until('a charge that is open', async () => {
      const [charge] = await chargesOf(gateway, tenant);
      return charge?.status === 'PENDING' && gateway.simulator.stats().openRequests === 1;
    });

  it('and wakes while a sweeper is at work keeps its charge, its hold and its trace', async () => {
    const tenant = await gateway.admin.newTenant();
    const ask: Ask = { traceId: 'slept', script: { ttftMs: 2_000 } };
    const answer = plain(gateway, tenant, ask);
    await untilRunning(tenant);
    const holds = await operations(tenant.id);
    await letLeasesRunOut(gateway, tenant);

    // The sweeper has read the row as expired and waits for the tenant's lock when the owner renews.
    const { sql } = gateway.database;
    let sweeping: Promise<number> | null = null;
    await sql.begin(async (tx) => {
      await tx`select 1 from tenant_quota where tenant_id = ${tenant.id} for update`;
      sweeping = sweep(other.ports);
      await until('the sweeper to wait', async () => {
        const waiting = await sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return waiting.length > 0;
      });
      await sql`update billing_transaction set lease_expires_at = now() + interval '30 seconds'
        where tenant_id = ${tenant.id} and status = 'PENDING'`;
    });
    expect(await sweeping).toBe(1);

    expect(await operations(tenant.id)).toEqual(holds);
    expect(await gateway.redis?.exists(`{gw:quota:tenant:${tenant.id}}:trace:slept`)).toBe(1);
    expect(outcomeOf(await answer)).toBe('200');
    expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'COMMITTED', attempt: 1 }]);
  });

  it('and wakes in the middle of a stream sends no further slab', async () => {
    const tenant = await gateway.admin.newTenant();
    const script = { outputTokens: 1_500, perTokenMs: 4 };
    const stream = await LiveStream.open(gateway, tenant, { script });
    await stream.untilRead(100);
    const aborted = gateway.simulator.stats().abortedRequests;
    await until('the charge to be swept', async () => {
      await letLeasesRunOut(gateway, tenant);
      await sweep(other.ports);
      const [charge] = await chargesOf(gateway, tenant);
      return charge?.status !== 'PENDING';
    });
    await stream.ended();
    expect(stream.isDone).toBe(false);
    expect(gateway.simulator.stats().abortedRequests).toBe(aborted + 1);
  });

  it('and wakes when its charge is void delivers nothing; the trace is free for another attempt', async () => {
    const tenant = await gateway.admin.newTenant();
    const ask: Ask = { traceId: 'slept-on' };
    gateway.simulator.reset();
    gateway.simulator.script({ script: { ttftMs: 1_500, text: 'Too late.' } });
    gateway.simulator.script({ script: { text: 'In time.' } });
    const late = plain(gateway, tenant, ask);
    await untilRunning(tenant);
    await letLeasesRunOut(gateway, tenant);
    expect(await sweep(other.ports)).toBe(1);
    expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'VOIDED' }]);

    const again = await plain(gateway, tenant, ask);
    expect(completionOf(again).choices[0]?.message.content).toBe('In time.');
    expect(outcomeOf(await late)).toBe('503 billing_unavailable');
    expect(await chargesOf(gateway, tenant)).toMatchObject([{ status: 'COMMITTED', attempt: 2 }]);
    const replayed = await plain(gateway, tenant, ask);
    expect(replayed.headers.get('idempotent-replayed')).toBe('true');
    expect(replayed.bytes.equals(again.bytes)).toBe(true);
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
