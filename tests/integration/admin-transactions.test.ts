import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidV7 } from '@/server/domain/ids';
import { transactionPage } from '@/server/services/transactions/list';
import { transactionView } from '@/server/services/transactions/view';
import { type AdminHarness, faultOf, startAdmin } from '../helpers/admin-harness';

let admin: AdminHarness;
let tenantId: string;
const UNKNOWN = '0190a000-0000-7000-8000-000000000000';
const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

/** Ten charges, one an hour from the first of January: every third a stream of sim-fast, PENDING. */
beforeAll(async () => {
  admin = await startAdmin();
  tenantId = (await admin.newTenant()).id;
  const rows = Array.from({ length: 10 }, (_, index) => {
    const isThird = index % 3 === 0;
    const atMs = START_MS + index * HOUR_MS;
    return {
      id: uuidV7(atMs),
      tenant_id: tenantId,
      trace_id: `trace-${index}`,
      kind: 'charge',
      status: isThird ? 'PENDING' : 'COMMITTED',
      is_stream: isThird,
      model: isThird ? 'sim-fast' : 'gpt-4o',
      amount: String(index * 10),
      hold: '7',
      input_tokens: index,
      output_tokens: 2 * index,
      input_price: '150',
      output_price: '0.075',
      created_at: new Date(atMs).toISOString(),
    };
  });
  await admin.sql`insert into billing_transaction ${admin.sql(rows)}`;
});
afterAll(() => admin.close());

const list = async (query: string) => {
  const reply = await admin.rest('GET', `tenants/${tenantId}/transactions${query}`);
  expect(reply.status).toBe(200);
  return transactionPage.parse(reply.body);
};
const traces = async (query: string) => (await list(query)).items.map((item) => item.traceId);
const every = (...numbers: number[]) => numbers.map((number) => `trace-${number}`);

describe('GET tenants/{id}/transactions', () => {
  it('pages through every row once, newest first', async () => {
    expect((await list('')).nextCursor).toBeNull();
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let pages = 0; cursor !== null && pages < 10; pages += 1) {
      const page = await list(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map((item) => item.traceId));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(every(9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  });

  it('shows money as strings and everything the ledger knows of a row', async () => {
    const [newest, , second] = (await list('')).items;
    expect(newest).toMatchObject({
      tenantId,
      traceId: 'trace-9',
      kind: 'charge',
      status: 'PENDING',
      isStream: true,
      model: 'sim-fast',
      inputTokens: 9,
      outputTokens: 18,
      amount: '90',
      hold: '7',
      balanceAfter: null,
      inputPrice: '150',
      outputPrice: '0.075',
      cachedInputPrice: null,
      createdAt: '2026-01-01T09:00:00.000Z',
    });
    expect(second?.amount).toBe('70');
  });

  it.each([
    ['?status=PENDING', every(9, 6, 3, 0)],
    ['?model=sim-fast&status=COMMITTED', []],
    ['?model=gpt-4o&limit=2', every(8, 7)],
    ['?traceId=trace-4', every(4)],
    ['?traceId=trace', []],
    ['?traceId=%25', []],
    ['?kind=topup', []],
    ['?from=2026-01-01T08:00:00Z', every(9, 8)],
    ['?to=2026-01-01T02:00:00Z', every(1, 0)],
    ['?from=2026-01-01T03:00:00Z&to=2026-01-01T04:00:00Z', every(3)],
    ['?from=2026-01-01T04:00:00%2B02:00&to=2026-01-01T03:00:00Z', every(2)],
    ['?from=2026-01-02', []],
    ['?to=2026-01-02&limit=1', every(9)],
    ['?limit=100000', every(9, 8, 7, 6, 5, 4, 3, 2, 1, 0)],
  ])('filters by %s', async (query, expected) => {
    expect(await traces(query)).toEqual(expected);
  });

  it.each([
    ['status', '?status=DONE'],
    ['kind', '?kind=gift'],
    ['limit', '?limit=0'],
    ['limit', '?limit=-1'],
    ['limit', '?limit=1e2'],
    ['limit', '?limit=1.5'],
    ['cursor', '?cursor=abc'],
    ['from', '?from=yesterday'],
    ['from', '?from=0000-01-01'],
    ['to', '?to=9999-12-31T23:59:59-23:00'],
    ['traceId', '?traceId=%00'],
    ['to', '?to=NaN'],
    ['model', '?model=%00'],
    ['status', '?status=PENDING&status=COMMITTED'],
    ['statuss', '?statuss=PENDING'],
    ['tenantId', `?tenantId=${UNKNOWN}`],
  ])('names %s as the fault of %s', async (param, query) => {
    const reply = await admin.rest('GET', `tenants/${tenantId}/transactions${query}`);
    expect(faultOf(reply)).toEqual({ status: 400, code: 'invalid_field', param });
  });

  it('answers an unknown trace id with an odd byte by an empty page, not by an error', async () => {
    expect(await traces('?traceId=%F0%9F%92%A5')).toEqual([]);
  });

  it('shows a tenant its own rows only', async () => {
    const other = await admin.newTenant({ balance: '1' });
    const reply = await admin.rest('GET', `tenants/${other.id}/transactions`);
    const page = transactionPage.parse(reply.body);
    expect(page.items.map((item) => item.tenantId)).toEqual([other.id]);
    const unknown = await admin.rest('GET', `tenants/${UNKNOWN}/transactions`);
    expect(faultOf(unknown)).toMatchObject({ status: 404 });
  });
});

describe('GET transactions/{traceId}', () => {
  it('finds the row of a tenant’s trace id', async () => {
    const reply = await admin.rest('GET', `transactions/trace-5?tenantId=${tenantId}`);
    expect(reply.status).toBe(200);
    expect(transactionView.parse(reply.body)).toMatchObject({
      traceId: 'trace-5',
      status: 'COMMITTED',
      amount: '50',
    });
  });

  it('does not find it for another tenant, nor without one', async () => {
    const other = await admin.newTenant();
    for (const path of [
      `transactions/trace-5?tenantId=${other.id}`,
      `transactions/trace-5?tenantId=${UNKNOWN}`,
      `transactions/unknown?tenantId=${tenantId}`,
      `transactions/a%20b?tenantId=${tenantId}`,
    ]) {
      expect(faultOf(await admin.rest('GET', path))).toMatchObject({ status: 404 });
    }
    expect(faultOf(await admin.rest('GET', 'transactions/trace-5'))).toEqual({
      status: 400,
      code: 'invalid_field',
      param: 'tenantId',
    });
  });
});
