import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { trustedTraceId } from '@/server/domain/ids';
import { hashBody } from '@/server/gateway/exchange';
import { replaySpool } from '@/server/gateway/replay';
import { sweep } from '@/server/gateway/sweep';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import { abandonStream } from '../helpers/abandoned';
import type { TestTenant } from '../helpers/admin-client';
import { chargesOf, expectBooksRight, hashOf, onlyChargeOf, quotaOf } from '../helpers/books';
import { type Ask, bodyOf, outcomeOf, plain } from '../helpers/buy';
import { paid } from '../helpers/charges';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { letLeasesRunOut, type OtherInstance, startOtherInstance } from '../helpers/other-instance';

const BALANCE = 1_000_000_000n;

describe('a settlement on the disk of a machine that was away for longer than its lease', () => {
  let gateway: TestGateway;
  /** The machine with the spool, and one that sweeps meanwhile. */
  let away: OtherInstance;
  let sweeper: OtherInstance;
  let metrics: ReturnType<typeof createMetrics>;
  let tenant: TestTenant;

  beforeAll(async () => {
    gateway = await startGateway();
    away = startOtherInstance(gateway);
    sweeper = startOtherInstance(gateway);
  });
  beforeEach(async () => {
    metrics = createMetrics();
    tenant = await gateway.admin.newTenant();
  });
  afterAll(async () => {
    for (const instance of [away, sweeper]) await instance.close();
    await gateway.close();
  });

  const ask: Ask = { prompt: 'While you were away.' };
  const bodyHash = hashBody('/chat/completions', Buffer.from(bodyOf(ask, false)));

  /** An answer of 23 nano-USD that left on the strength of a spool; the sweeper then ended its charge. */
  async function leaveAndVoid(traceId: string) {
    const over = { bodyHash, traceId: trustedTraceId(traceId), isStream: false };
    const charge = await abandonStream(away, tenant, 0, over);
    await away.ports.spool.put(paid(charge, 23n));
    await letLeasesRunOut(gateway, tenant);
    await sweep(sweeper.ports);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({
      ...{ status: 'VOIDED', finish: 'lease_expired' },
    });
    return charge;
  }

  const comeBack = () => {
    const telemetry = createGatewayTelemetry(metrics, createLogger('silent'));
    return replaySpool({ ...away.ports, telemetry });
  };

  const counted = async () => {
    const { values } = await metrics.lateSettlements.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
  };

  it('is charged when it comes back, in both stores, and counted in the day of its admission', async () => {
    await leaveAndVoid('came-back');
    expect(await comeBack()).toBe(1);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({
      ...{ status: 'COMMITTED', finish: 'complete', amount: 23n },
    });
    expect(await quotaOf(gateway, tenant)).toMatchObject({
      ...{ balance: BALANCE - 23n, daily_used: 1, monthly_used: 1 },
    });
    expect((await hashOf(gateway, tenant))?.balance).toBe(String(BALANCE - 23n));
    expect(await counted()).toEqual({ booked: 1, lost: 0 });
    expect(await comeBack()).toBe(0);
  });

  it('is what a repeat of its trace finds: its answer again, or that it was billed', async () => {
    const charge = await leaveAndVoid('repeated');
    if (gateway.redis === null) throw new Error('no Redis');
    const answer = { status: 200, contentType: 'application/json', body: Buffer.from('{"a":1}') };
    await gateway.container.quotaSide.answers.put(charge, answer);
    await comeBack();
    const again = await plain(gateway, tenant, { ...ask, traceId: 'repeated' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.bytes.equals(answer.body)).toBe(true);
    await gateway.redis.del(`{gw:quota:tenant:${tenant.id}}:answer:repeated`);
    const late = await plain(gateway, tenant, { ...ask, traceId: 'repeated' });
    expect(outcomeOf(late)).toBe('409 trace_already_billed');
    expect(await chargesOf(gateway, tenant)).toHaveLength(1);
  });

  it('is charged although a repeat made an attempt that got no further than its number', async () => {
    const charge = await leaveAndVoid('burnt');
    await sweeper.ports.ledger.burnAttempt(charge.transactionId, charge.attempt + 1);
    // The answer to its COMMIT may be lost, so that it comes back once more.
    await away.ports.spool.put(paid(charge, 23n));
    expect(await comeBack()).toBe(2);
    expect(await onlyChargeOf(gateway, tenant)).toMatchObject({ status: 'COMMITTED', amount: 23n });
    expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - 23n);
    expect((await counted()).lost).toBe(0);
    const again = await plain(gateway, tenant, { ...ask, traceId: 'burnt' });
    expect(outcomeOf(again)).toBe('409 trace_already_billed');
  });

  it('is given away, and reported, where the trace was run again meanwhile: never a second charge', async () => {
    await leaveAndVoid('run-again');
    const again = await plain(gateway, tenant, { ...ask, traceId: 'run-again' });
    expect(outcomeOf(again)).toBe('200');
    const [charge] = await chargesOf(gateway, tenant);
    expect(charge).toMatchObject({ status: 'COMMITTED', attempt: 2 });
    expect(await comeBack()).toBe(1);
    expect(await chargesOf(gateway, tenant)).toEqual([charge]);
    expect((await quotaOf(gateway, tenant)).balance).toBe(BALANCE - (charge?.amount ?? 0n));
    expect(await counted()).toEqual({ booked: 0, lost: 1 });
  });

  it('leaves books that the audit finds right', () => expectBooksRight(gateway));
});
