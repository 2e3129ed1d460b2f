import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerCsv } from '@/server/api/csv/export';
import { transactionsCsv } from '@/server/api/csv/transactions';
import { uuidV7 } from '@/server/domain/ids';
import { type People, startPeople } from '../helpers/people';

type Member = Awaited<ReturnType<People['join']>>;
type Query = Parameters<Member['caller']['portal']['transactions']>[0];

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 86_400_000;

let people: People;
let tenantId: string;
let viewer: Member;
let keyId: string;

beforeAll(async () => {
  people = await startPeople();
  tenantId = (await people.newTenant({ name: 'Mine' })).id;
  viewer = await people.join(tenantId, 'viewer');
  const owner = await people.join(tenantId, 'owner');
  keyId = (await owner.caller.portal.keys.create({ name: 'nightly, =job' })).id;
});
afterAll(() => people.close());

/** A COMMITTED charge of 1,000 nano-USD of the key, unless the fields say otherwise. */
async function row(trace_id: string, fields: Readonly<Record<string, unknown>> = {}) {
  const { atMs = NOW_MS, ...rest } = fields;
  const at = new Date(Number(atMs));
  const record = {
    ...{ id: uuidV7(at.getTime()), tenant_id: tenantId, trace_id, api_key_id: keyId },
    ...{ kind: 'charge', status: 'COMMITTED', model: 'sim-fast', amount: '1000' },
    ...{ created_at: at, day: at.toISOString().slice(0, 10) },
    ...rest,
  };
  await people.sql`insert into billing_transaction ${people.sql(record)}`;
  return record.id;
}

const found = async (query: Query) =>
  (await viewer.caller.portal.transactions(query)).items.map(({ traceId }) => traceId);

describe('a page of the ledger', () => {
  it('is walked by key: no row twice, none left out, also while new ones arrive', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n += 1) {
      ids.unshift(await row(`walk-${n}`, { atMs: NOW_MS + n, model: 'sim-walk' }));
    }
    const page = (cursor?: string | null) =>
      viewer.caller.portal.transactions({
        ...{ limit: 3, model: 'sim-walk' },
        ...(cursor ? { cursor } : {}),
      });
    const first = await page();
    await row('walk-late', { atMs: NOW_MS + 100, model: 'sim-walk' });
    const second = await page(first.nextCursor);
    const third = await page(second.nextCursor);
    const seen = [...first.items, ...second.items, ...third.items].map(({ id }) => id);
    expect(seen).toEqual(ids);
    expect(third.nextCursor).toBeNull();
    expect([first, second, third].map(({ searchedTo }) => searchedTo)).toEqual([null, null, null]);
  });

  it('is chosen by each condition, and by all of them at once', async () => {
    const atMs = NOW_MS - 10 * DAY_MS;
    const other = (await people.join(tenantId, 'owner')).caller.portal.keys;
    const otherKey = (await other.create({ name: 'other' })).id;
    const base = { atMs, model: 'sim-pick', amount: '5000' };
    await row('pick-it', base);
    await row('pick-void', { ...base, status: 'VOIDED', amount: '0' });
    await row('pick-held', { ...base, status: 'PENDING', amount: '0', hold: '9' });
    await row('pick-topup', { ...base, kind: 'topup', api_key_id: null });
    await row('pick-minus', { ...base, kind: 'adjustment', api_key_id: null, amount: '-5000' });
    await row('pick-key', { ...base, api_key_id: otherKey });
    await row('pick-model', { ...base, model: 'sim-none' });
    await row('pick-dear', { ...base, amount: '5001' });
    await row('pick-late', { ...base, atMs: atMs + DAY_MS });
    const day = new Date(atMs).toISOString().slice(0, 10);
    const nextDay = new Date(atMs + DAY_MS).toISOString().slice(0, 10);
    const traceId = 'pick-';

    expect(await found({ traceId, status: 'VOIDED' })).toEqual(['pick-void']);
    expect(await found({ traceId, status: 'PENDING' })).toEqual(['pick-held']);
    expect(await found({ traceId, kind: 'topup' })).toEqual(['pick-topup']);
    expect(await found({ traceId, keyId: otherKey })).toEqual(['pick-key']);
    expect(await found({ traceId, model: 'sim-none' })).toEqual(['pick-model']);
    expect(await found({ traceId, amountMin: '5001' })).toEqual(['pick-dear']);
    expect(await found({ traceId, from: nextDay })).toEqual(['pick-late']);
    expect(await found({ traceId, to: nextDay, kind: 'adjustment' })).toEqual(['pick-minus']);
    // What a row moves counts, whichever way.
    expect(await found({ traceId, amountMin: '5000', kind: 'adjustment' })).toEqual(['pick-minus']);
    const every = { status: 'COMMITTED', kind: 'charge', model: 'sim-pick' } as const;
    const range = { from: day, to: nextDay, amountMin: '5000', amountMax: '5000' };
    expect(await found({ ...every, ...range, traceId, keyId })).toEqual(['pick-it']);
  });

  it('begins with the very trace id asked for, and has those that begin with it', async () => {
    const traces = ['a_b', 'axb', 'a%b', 'a\\b', 'a'];
    for (const [n, trace] of traces.entries()) await row(trace, { atMs: NOW_MS + n });
    expect(await found({ traceId: 'a_' })).toEqual(['a_b']);
    expect(await found({ traceId: 'a%' })).toEqual(['a%b']);
    expect(await found({ traceId: 'a\\' })).toEqual(['a\\b']);
    expect(await found({ traceId: ' a ' })).toEqual(['a', 'a\\b', 'a%b', 'axb', 'a_b']);
    expect(await found({ traceId: 'b' })).toEqual([]);
    expect(await found({ traceId: 'a', status: 'VOIDED' })).toEqual([]);
  });

  it('refuses a page without end, a cursor that is no id, and an amount that is none', async () => {
    const { transactions } = viewer.caller.portal;
    for (const query of [
      { limit: 101 },
      { cursor: "' or 1=1" },
      { amountMin: '1.5' },
      { amountMax: '-1' },
      { traceId: 'x'.repeat(129) },
    ]) {
      await expect(transactions(query)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
  });

  it('looks at a bounded piece for what few rows have, says how far, and goes on from there', async () => {
    const rare = await row('rare', { atMs: NOW_MS - 80 * DAY_MS, model: 'sim-many', amount: '77' });
    await people.sql`
      insert into billing_transaction
        (id, tenant_id, api_key_id, trace_id, kind, status, model, amount, day)
      select (lpad(to_hex(${NOW_MS - 70 * DAY_MS}::bigint + n), 12, '0') || '7000'
          || '8' || lpad(to_hex(n), 15, '0'))::uuid,
        ${tenantId}, ${keyId}, 'many-' || n, 'charge', 'COMMITTED', 'sim-many', 1, '2026-09-14'
      from generate_series(1, 12000) as s(n)`;
    const query = { model: 'sim-many', amountMin: '77', amountMax: '77' } as const;
    const pages = [await viewer.caller.portal.transactions(query)];
    for (let cursor = pages.at(-1)?.nextCursor; cursor; cursor = pages.at(-1)?.nextCursor) {
      pages.push(await viewer.caller.portal.transactions({ ...query, cursor }));
    }
    expect(pages.map(({ items }) => items.map(({ id }) => id))).toEqual([[], [], [rare]]);
    const searched = pages.map(({ searchedTo }) => searchedTo);
    expect(searched[0]).toBe(new Date(NOW_MS - 70 * DAY_MS + 7_001).toISOString());
    expect(searched[1]).toBe(new Date(NOW_MS - 70 * DAY_MS + 2_001).toISOString());
    expect(searched[2]).toBeNull();
  });
});

describe('the ledger as CSV', () => {
  const ask = (query: string, sessionId: string | null, cookie = '') =>
    answerCsv(
      transactionsCsv,
      new Request(`http://portal.test/api/portal/transactions.csv?${query}`, {
        headers: { cookie },
      }),
      people.container,
      async () => (sessionId === null ? null : await people.container.accounts.session(sessionId)),
    );
  const linesOf = async (reply: Response) => (await reply.text()).trim().split('\r\n');

  it('has every row once, and its amounts add up to the balance, exactly', async () => {
    const mine = (await people.newTenant({ name: 'Books', balance: '5000000000' })).id;
    const { sessionId } = await people.join(mine, 'viewer');
    await people.sql`
      insert into billing_transaction
        (id, tenant_id, trace_id, kind, status, model, amount, day)
      select gen_random_uuid(), ${mine}, 'c-' || n, 'charge', 'COMMITTED', 'm', n, '2026-11-23'
      from generate_series(1, 2500) as s(n)`;
    await people.sql`
      update tenant_quota set balance = balance - 2500 * 2501 / 2 where tenant_id = ${mine}`;
    const reply = await ask('', sessionId);
    expect(reply.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(reply.headers.get('content-disposition')).toMatch(
      /^attachment; filename="transactions-\d{4}-\d\d-\d\d\.csv"$/,
    );
    const [head = '', ...lines] = await linesOf(reply);
    const amountAt = head.split(',').indexOf('amount_usd');
    const nano = lines.reduce((sum, line) => sum + nanoOf(line.split(',')[amountAt] ?? ''), 0n);
    const [quota] = await people.sql`select balance from tenant_quota where tenant_id = ${mine}`;
    expect(lines).toHaveLength(2_501);
    expect(new Set(lines).size).toBe(2_501);
    expect(nano).toBe(quota?.balance);
  });

  it('is of the rows that the filters let through, with cells that are no formulas', async () => {
    await row('csv-1', { model: '=HYPERLINK("x")', note: '@now, "then"' });
    const [, ...lines] = await linesOf(await ask('traceId=csv-1', viewer.sessionId));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`"nightly, =job","'=HYPERLINK(""x"")"`);
    expect(lines[0]).toContain(`"'@now, ""then"""`);
    expect(lines[0]).toContain('-0.000001,');
  });

  it('is refused to who is signed out or asks for nonsense, and of another tenant has nothing', async () => {
    expect((await ask('', null)).status).toBe(401);
    expect((await ask('amountMin=1e9', viewer.sessionId)).status).toBe(400);
    const stranger = await people.join((await people.newTenant({ name: 'Theirs' })).id, 'owner');
    // A wish for a tenant that one does not belong to is not listened to, nor is another's key.
    const cookie = `tallygate-tenant=${tenantId}`;
    for (const query of ['', `keyId=${keyId}`, `tenantId=${tenantId}`]) {
      expect(await linesOf(await ask(query, stranger.sessionId, cookie))).toHaveLength(1);
    }
  });
});

/** Nano-USD of a decimal string of dollars. */
function nanoOf(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.replace('-', '').split('.');
  const nano = BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
  return usd.startsWith('-') ? -nano : nano;
}
