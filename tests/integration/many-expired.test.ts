import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweep } from '@/server/gateway/sweep';
import { chargesOf, expectBooksRight } from '../helpers/books';
import { startGateway, type TestGateway } from '../helpers/gateway';
import { type OtherInstance, startOtherInstance } from '../helpers/other-instance';

const CHARGES = 350;

describe('the charges of a process that died at its busiest', () => {
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

  it('are all ended by one sweep: what had left is charged, the rest is void', async () => {
    const tenant = await gateway.admin.newTenant();
    await gateway.database.sql`
      insert into billing_transaction (id, tenant_id, api_key_id, trace_id, kind, status, is_stream,
        endpoint, model, input_tokens, output_tokens, counted_input_tokens, hold, input_price,
        output_price, day, month, admitted_by, owner, lease_expires_at, trace_named, body_hash)
      select gen_random_uuid(), ${tenant.id}, ${tenant.keyId}, 'dead-' || n, 'charge', 'PENDING',
        true, 'chat.completions', 'sim-fast', 10, n % 2, 10, 1000, 150, 600,
        (now() at time zone 'utc')::date, to_char(now() at time zone 'utc', 'YYYY-MM'), 'redis',
        'a dead one', now() - interval '1 second', true, 'x'
      from generate_series(1, ${CHARGES}) as n`;
    expect(await sweep(other.ports)).toBe(CHARGES);
    const charges = await chargesOf(gateway, tenant);
    const of = (status: string) => charges.filter((charge) => charge.status === status);
    expect([of('COMMITTED').length, of('VOIDED').length]).toEqual([CHARGES / 2, CHARGES / 2]);
    expect(of('COMMITTED').every((charge) => charge.amount === 10n * 150n + 600n)).toBe(true);
    expect(await sweep(other.ports)).toBe(0);
    await expectBooksRight(gateway);
  });
});
