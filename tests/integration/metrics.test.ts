import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countOverspentTenants, readSweepLagMs } from '@/server/stores/postgres/ledger-health';
import { abandonStream } from '../helpers/abandoned';
import { type BuiltProcess, startBuiltProcess } from '../helpers/built-process';
import { outcomeOf, plain } from '../helpers/buy';
import { chatBody, jsonHeaders } from '../helpers/chat';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { letLeasesRunOut, type OtherInstance, startOtherInstance } from '../helpers/other-instance';
import { until } from '../helpers/until';

const MODEL = 'sim-fast';

let gateway: TestGateway;
let dead: OtherInstance;
let pair: BuiltProcess;

beforeAll(async () => {
  gateway = await startGateway();
  dead = startOtherInstance(gateway);
  pair = await startBuiltProcess(gateway.database, { WORKERS: '2' });
});

afterAll(async () => {
  await pair?.close();
  await dead?.close();
  await gateway?.close();
});

const valueIn = (text: string, sample: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${sample} `))
      ?.slice(sample.length) ?? 0,
  );

/** Each on a connection of its own, so that whichever process has the time takes it. */
const fresh = { connection: 'close' };
const scrape = async (): Promise<string> =>
  await (await fetch(`${pair.origin}/api/metrics`, { headers: fresh })).text();

describe('the metrics', () => {
  it('are those of both processes of an instance, whichever answers', async () => {
    const { apiKey } = await gateway.admin.newTenant();
    const buy = () =>
      fetch(`${pair.origin}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...jsonHeaders(apiKey), ...fresh },
        body: chatBody({ model: MODEL }),
      });
    const replies = await Promise.all(Array.from({ length: 20 }, buy));
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200));
    for (let round = 0; round < 6; round += 1) {
      const text = await scrape();
      expect(valueIn(text, 'billing_deduct_success')).toBe(20);
      expect(valueIn(text, 'gateway_processes')).toBe(2);
      expect(valueIn(text, `gateway_model_requests{model="${MODEL}",outcome="answered"}`)).toBe(20);
      expect(valueIn(text, 'upstream_calls{upstream="sim",outcome="answer"}')).toBe(20);
      expect(valueIn(text, 'billing_duration_ms_count')).toBe(20);
    }
  });

  it('tell of traffic, errors and tokens by model and upstream', async () => {
    const { metrics } = gateway.container;
    const tenant = await gateway.admin.newTenant();
    expect(outcomeOf(await plain(gateway, tenant))).toBe('200');
    expect(outcomeOf(await plain(gateway, tenant, { model: 'made-up' }))).toContain('404');
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^gateway_tokens\{model="[^"]+",direction="output"\} [1-9]/m);
    expect(text).toMatch(
      /^upstream_response_duration_ms_count\{upstream="sim",model="[^"]+"\} 1$/m,
    );
    expect(text).not.toContain('made-up');
    expect(text).toContain('gateway_errors{endpoint="chat.completions",code="model_not_found"} 1');
  });

  it('tell for how long an abandoned charge has waited for the sweeper', async () => {
    const { sql } = gateway.container.postgres;
    expect(await readSweepLagMs(sql)).toBe(0);
    const tenant = await gateway.admin.newTenant();
    await abandonStream(dead, tenant, 5);
    await letLeasesRunOut(gateway, tenant);
    const lagMs = await readSweepLagMs(sql);
    expect(lagMs).toBeGreaterThanOrEqual(1_000);
    expect(lagMs).toBeLessThan(30_000);
    // Its owner has said beside a lock that it is alive: no sweeper may take it.
    await sql`
      insert into billing_kept_lease (transaction_id, attempt, expires_at)
      select id, attempt, now() + interval '1 minute' from billing_transaction
      where tenant_id = ${tenant.id} and status = 'PENDING'`;
    expect(await readSweepLagMs(sql)).toBe(0);
    await sql`delete from billing_kept_lease`;
    expect(await readSweepLagMs(sql)).toBeGreaterThan(0);
  });

  it('tell of tenants who have spent what they do not have', async () => {
    const { sql } = gateway.container.postgres;
    await gateway.admin.newTenant({ balance: '0', creditLimit: '5' });
    expect(await countOverspentTenants(sql)).toBe(0);
    const tenant = await gateway.admin.newTenant({ balance: '10', creditLimit: '5' });
    await gateway.admin.call('POST', `tenants/${tenant.id}/credits`, {
      ...{ amount: '-16', kind: 'adjustment', traceId: 'too-much' },
    });
    expect(await countOverspentTenants(sql)).toBe(1);
    await until('the gauge to say so', async () => {
      const { values } = await gateway.container.metrics.overspentTenants.get();
      return values[0]?.value === 1;
    });
  });

  it('say that Postgres is up, and how busy its pools are', async () => {
    await until('both processes to have looked', async () => {
      return valueIn(await scrape(), 'postgres_up') === 1;
    });
    const text = await scrape();
    expect(text).toMatch(/^postgres_connections_busy\{pool="gateway"\} \d+$/m);
    expect(text).toMatch(/^postgres_statements_waiting\{pool="portal"\} 0$/m);
    expect(text).toMatch(/^nodejs_eventloop_utilization 0?\.?\d/m);
    expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
  });
});
