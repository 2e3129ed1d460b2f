import fc from 'fast-check';
import { getEncoding } from 'js-tiktoken';
import { expect, it } from 'vitest';
import { KEY_QUOTA_TYPES } from '@/server/domain/quota';
import type { Script } from '../../tools/simulator/script';
import type { TestTenant } from '../helpers/admin-client';
import {
  type ChargeRow,
  chargesOf,
  expectStoresAgree,
  quotaOf,
  sumOf,
  untilIdle,
} from '../helpers/books';
import { type Ask, outcomeOf, plain, type Reply, readStream, stream } from '../helpers/buy';
import type { TestGateway } from '../helpers/gateway';
import { inBothModes } from '../helpers/modes';

const RUNS = 12;
const tokeniser = getEncoding('o200k_base');

const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 2 });

/** From nothing to a hundred answers of middling length. */
const account = fc.record({
  balance: fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 3_000_000 })),
  creditLimit: fc.constantFrom(0, 0, 20_000),
  dailyLimit: orNull(fc.integer({ min: 0, max: 20 })),
  monthlyLimit: orNull(fc.integer({ min: 0, max: 20 })),
  concurrency: orNull(fc.integer({ min: 1, max: 6 })),
  quotas: fc.uniqueArray(
    fc.record({
      quotaType: fc.constantFrom(...KEY_QUOTA_TYPES),
      limit: fc.integer({ min: 1, max: 200_000 }),
    }),
    { maxLength: 2, selector: (quota) => quota.quotaType },
  ),
});

/** What the upstream does: mostly its work. */
const script = fc.constantFrom<Script>(
  { outputTokens: 20 },
  { outputTokens: 60, perTokenMs: 1 },
  { outputTokens: 700, perTokenMs: 0 },
  { outputTokens: 40, ttftMs: 60 },
  { outputTokens: 40, noUsage: true },
  { status: 500 },
  { status: 400 },
  { outputTokens: 40, dieAfterTokens: 15 },
  { outputTokens: 40, closeBeforeHeaders: true },
);

/** One sending of a request: when, and whether its client leaves before the end. */
const sending = fc.record({
  startMs: fc.nat(150),
  leaveAfterMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.nat(80) },
  ),
});

const request = fc.record({
  tenant: fc.nat(2),
  isStream: fc.boolean(),
  /** Mostly a name of its own; a shared one is a conflict sooner or later. */
  trace: fc.constantFrom('none', 'own', 'own', 'shared'),
  maxTokens: orNull(fc.integer({ min: 1, max: 60 })),
  script,
  sendings: fc.array(sending, { minLength: 1, maxLength: 4 }),
});

type Account = typeof account extends fc.Arbitrary<infer T> ? T : never;
type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;
type Sending = Request['sendings'][number];

/** What came of one sending; the reply is null where the connection broke or the client left. */
interface Result {
  readonly request: Request;
  readonly reply: Reply | null;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function send(
  gateway: TestGateway,
  tenant: TestTenant,
  { request, index }: { readonly request: Request; readonly index: number },
  { startMs, leaveAfterMs }: Sending,
): Promise<Result> {
  await sleep(startMs);
  const traceId = { none: undefined, own: `own-${index}`, shared: 'shared' }[request.trace];
  const leave = new AbortController();
  const ask: Ask = {
    script: request.script,
    signal: leave.signal,
    ...(request.maxTokens === null ? {} : { maxTokens: request.maxTokens }),
    ...(traceId === undefined ? {} : { traceId }),
  };
  const leaving = leaveAfterMs === null ? null : setTimeout(() => leave.abort(), leaveAfterMs);
  const reply = await (request.isStream ? stream : plain)(gateway, tenant, ask).catch(() => null);
  if (leaving !== null) clearTimeout(leaving);
  return { request, reply };
}

const newTenant = (gateway: TestGateway, { concurrency, quotas, ...fields }: Account) =>
  gateway.admin.newTenant(
    { ...fields, balance: String(fields.balance), creditLimit: String(fields.creditLimit) },
    { concurrency, quotas },
  );

/** Invariants B, C and E for one tenant at rest. */
async function expectSound(gateway: TestGateway, tenant: TestTenant, limits: Account) {
  await expectStoresAgree(gateway, tenant);
  const [quota, charges] = [await quotaOf(gateway, tenant), await chargesOf(gateway, tenant)];
  const committed = charges.filter((charge) => charge.status === 'COMMITTED');
  expect(charges.filter((charge) => charge.status === 'PENDING')).toEqual([]);
  expect(quota.balance).toBe(BigInt(limits.balance) - sumOf(committed));
  expect(quota).toMatchObject({ daily_used: committed.length, monthly_used: committed.length });
  expect(quota.balance).toBeGreaterThanOrEqual(BigInt(-limits.creditLimit));
  expect(committed.length).toBeLessThanOrEqual(limits.dailyLimit ?? Infinity);
  expect(committed.length).toBeLessThanOrEqual(limits.monthlyLimit ?? Infinity);
  const keyQuotas = await gateway.database.sql<{ used: bigint; quota_limit: bigint }[]>`
    select used, quota_limit from api_key_quota where api_key_id = ${tenant.keyId}`;
  for (const { used, quota_limit } of keyQuotas) expect(used).toBeLessThanOrEqual(quota_limit);
  return charges;
}

/** Whoever read an answer to its end finds it in the books, once; who was refused finds nothing. */
function expectAnswersBooked(results: readonly Result[], charges: readonly ChargeRow[]): void {
  const purchases = new Map<string, Reply>();
  for (const { reply, request } of results) {
    if (reply === null) continue;
    const traceId = reply.headers.get('x-trace-id') ?? '';
    const charge = charges.find((row) => row.trace_id === traceId);
    if (reply.status !== 200) {
      expect(outcomeOf(reply)).toMatch(/^(400 upstream_rejected|402|409|429|502|503)/);
      continue;
    }
    expect(charge?.status).toMatch(request.isStream ? /COMMITTED|VOIDED/ : /COMMITTED/);
    const first = purchases.get(traceId);
    const isReplay = reply.headers.get('idempotent-replayed') === 'true';
    if (isReplay) {
      if (first !== undefined) expect(first.bytes.equals(reply.bytes)).toBe(true);
      continue;
    }
    expect(first).toBeUndefined();
    purchases.set(traceId, reply);
    if (!request.isStream)
      expect(reply.headers.get('x-tallygate-cost')).toBe(String(charge?.amount));
    else {
      const { text } = readStream(reply.bytes);
      expect(charge?.output_tokens).toBe(tokeniser.encode(text).length);
    }
  }
}

function expectRefusalsUnbooked(results: readonly Result[], charges: readonly ChargeRow[]): void {
  const booked = new Set(charges.map((charge) => charge.trace_id));
  for (const { reply, request } of results) {
    if (request.trace !== 'none' || reply === null || ![402, 429].includes(reply.status)) continue;
    expect(booked.has(reply.headers.get('x-trace-id') ?? '')).toBe(false);
  }
}

inBothModes('whatever clients and upstreams do', (gateway) => {
  it('balances, limits and both stores are right when it is over', async () => {
    const accounts = fc.array(account, { minLength: 3, maxLength: 3 });
    const requests = fc.array(request, { minLength: 4, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(accounts, requests, async (limits, asked) => {
        const tenants = await Promise.all(limits.map((each) => newTenant(gateway(), each)));
        const results = await Promise.all(
          asked.flatMap((request, index) => {
            const tenant = tenantAt(tenants, request.tenant);
            return request.sendings.map((one) => send(gateway(), tenant, { request, index }, one));
          }),
        );
        await untilIdle(gateway());
        for (const [index, each] of limits.entries()) {
          const charges = await expectSound(gateway(), tenantAt(tenants, index), each);
          const own = results.filter(({ request }) => request.tenant === index);
          expectAnswersBooked(own, charges);
          expectRefusalsUnbooked(own, charges);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

function tenantAt(tenants: readonly TestTenant[], index: number): TestTenant {
  const tenant = tenants[index];
  if (tenant === undefined) throw new Error(`There is no tenant ${index}.`);
  return tenant;
}
