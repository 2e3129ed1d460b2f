import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTenantId, trustedApiKeyId } from '@/server/domain/ids';
import { judge, judgeRaise } from '@/server/domain/judge';
import { trustedDay, trustedMonth } from '@/server/domain/period';
import type { HoldDemand } from '@/server/domain/ports';
import {
  KEY_QUOTA_TYPES,
  type KeyLimits,
  type KeyQuotaType,
  periodOf,
  type Refusal,
} from '@/server/domain/quota';
import type { Standing } from '@/server/domain/standing';
import { admissionReply, refusalOf } from '@/server/stores/redis/replies';
import { readStandingReply } from '@/server/stores/redis/standing-reply';
import { BENCH_DAY, BENCH_MONTH, BENCH_START_MS, LuaBench } from '../helpers/lua-bench';
import type { LostHold } from '../helpers/lua-calls';
import { holdCall, KEY, raiseCall, row, standingCall, warmTenant } from '../helpers/lua-samples';
import { usedIn } from '../helpers/rate-model';

/** The bench's clock stands twenty seconds into a minute. */
const NOW_MS = BENCH_START_MS + 20_000;

let bench: LuaBench;

beforeAll(async () => {
  bench = await LuaBench.open();
  await bench.setClock(NOW_MS);
});

afterAll(() => bench.close());

const few = fc.integer({ min: 0, max: 5 });
const tokens = fc.integer({ min: 0, max: 60 });
const orNone = <T>(some: fc.Arbitrary<T>) => fc.option(some, { freq: 3 });
const day: fc.Arbitrary<string> = fc.constantFrom('2026-03-14', BENCH_DAY);

const setting = (nano: fc.Arbitrary<bigint>) =>
  fc.record({
    balance: fc.oneof(
      nano,
      nano.map((amount) => -amount),
    ),
    credit: fc.oneof(fc.constant(0n), nano),
    ...{ dailyLimit: orNone(few), dailyUsed: few, day },
    ...{ monthlyLimit: orNone(few), monthlyUsed: few },
    holds: fc.array(fc.record({ amount: nano, tokens, day, isOwn: fc.boolean() }), {
      maxLength: 4,
    }),
    stored: fc.array(fc.record({ used: fc.bigInt({ min: 0n, max: 90n }), isOld: fc.boolean() }), {
      minLength: KEY_QUOTA_TYPES.length,
      maxLength: KEY_QUOTA_TYPES.length,
    }),
    rate: fc.record({ requests: few, tokens, lastRequests: few, lastTokens: tokens }),
    ...{ rpm: orNone(few), tpm: orNone(tokens), concurrency: orNone(few) },
    quotas: fc.uniqueArray(
      fc.record({
        type: fc.constantFrom(...KEY_QUOTA_TYPES),
        limit: fc.oneof(fc.bigInt({ min: 0n, max: 120n }), nano),
      }),
      { selector: (quota) => quota.type, maxLength: 3 },
    ),
    ...{ a: nano, b: nano, minTokens: few, maxTokens: tokens, rateTokens: tokens },
  });

const SMALL = fc.bigInt({ min: 0n, max: 250n });
const HUGE = fc.bigInt({ min: 8_999_999_999_999_998n, max: 9_000_000_000_000_000n });
const settings = fc.oneof({ weight: 4, arbitrary: setting(SMALL) }, setting(HUGE));
type Setting = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const limitsOf = ({ rpm, tpm, concurrency, quotas }: Setting): KeyLimits => ({
  ...{ rpm, tpm, concurrency, quotas },
});

function demandOf({ a, b, minTokens, maxTokens, rateTokens }: Setting): HoldDemand {
  const [minNano, maxNano] = a < b ? [a, b] : [b, a];
  return { minNano, maxNano, minTokens, maxTokens, rateTokens };
}

/** What of the key's quota is stored, and for which period. */
function storedOf(type: KeyQuotaType, { used, isOld }: { used: bigint; isOld: boolean }) {
  const period = periodOf(type, trustedDay(BENCH_DAY), trustedMonth(BENCH_MONTH));
  const old = type.startsWith('daily_') ? '2026-03-14' : '2026-02';
  return { used, period: isOld && period !== '' ? old : period };
}

const lostHolds = (at: Setting): LostHold[] =>
  at.holds.map((hold, index) => ({
    ...{ id: `open-${index}:1`, amount: hold.amount, tokens: hold.tokens },
    ...{
      key: hold.isOwn ? KEY : 'key-2',
      day: hold.day,
      month: BENCH_MONTH,
      leaseLeftMs: 9_999,
    },
    types: hold.isOwn ? KEY_QUOTA_TYPES : [],
  }));

/** The tenant in Redis, warmed by the setting. */
async function tenantOf(at: Setting) {
  const tenant = await warmTenant(bench, {
    row: row({
      ...{ base: at.balance, credit: at.credit, day: at.day },
      ...{ dailyLimit: at.dailyLimit, dailyUsed: at.dailyUsed },
      ...{ monthlyLimit: at.monthlyLimit, monthlyUsed: at.monthlyUsed },
    }),
    keyQuotas: KEY_QUOTA_TYPES.map((type, index) => {
      const { used, period } = storedOf(type, at.stored[index] ?? { used: 0n, isOld: false });
      return { key: KEY, type, used, period, version: 1 };
    }),
    holds: lostHolds(at),
  });
  await bench.redis.hset(tenant.rate(KEY), {
    ...{ window: Math.floor(NOW_MS / 60_000), requests: at.rate.requests, tokens: at.rate.tokens },
    ...{ last_requests: at.rate.lastRequests, last_tokens: at.rate.lastTokens },
  });
  return tenant;
}

/** The same tenant as the fallback reads it. */
function standingOf(at: Setting): Standing {
  const own = at.holds.filter((hold) => hold.isOwn);
  const used = KEY_QUOTA_TYPES.map((type, index): [KeyQuotaType, bigint] => {
    const stored = storedOf(type, at.stored[index] ?? { used: 0n, isOld: false });
    const current = periodOf(type, trustedDay(BENCH_DAY), trustedMonth(BENCH_MONTH));
    const open = own
      .filter((hold) => !type.startsWith('daily_') || hold.day === BENCH_DAY)
      .reduce((sum, hold) => sum + taken(type, hold), 0n);
    return [type, (stored.period === current ? stored.used : 0n) + open];
  });
  return {
    ...{ nowMs: NOW_MS, day: trustedDay(BENCH_DAY), month: trustedMonth(BENCH_MONTH) },
    quota: {
      ...{ tenantId: newTenantId(), balanceNano: at.balance, creditLimitNano: at.credit },
      ...{ dailyLimit: at.dailyLimit, dailyUsed: at.dailyUsed, dailyDate: trustedDay(at.day) },
      ...{ monthlyLimit: at.monthlyLimit, monthlyUsed: at.monthlyUsed },
      ...{ monthlyMonth: trustedMonth(BENCH_MONTH), version: 1 },
    },
    heldNano: at.holds.reduce((sum, hold) => sum + hold.amount, 0n),
    openToday: at.holds.filter((hold) => hold.day === BENCH_DAY).length,
    openThisMonth: at.holds.length,
    key: {
      open: own.length,
      requestsPerMinute: usedIn(at.rate.requests, at.rate.lastRequests, NOW_MS),
      tokensPerMinute: usedIn(at.rate.tokens, at.rate.lastTokens, NOW_MS),
      rateFreeInMs: 1,
      used: new Map(used),
    },
  };
}

function taken(type: KeyQuotaType, hold: { amount: bigint; tokens: number }): bigint {
  if (type.endsWith('_requests')) return 1n;
  return type.endsWith('_tokens') ? BigInt(hold.tokens) : hold.amount;
}

/** A refusal without its time to wait, which each store tells by its own clock. */
const withoutWait = (refusal: Refusal) => ({ ...refusal, retryAfterMs: null });

const HOW = { numRuns: 600 };

it('quota_hold.lua and judge.ts say the same of any demand', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(settings, async (at) => {
      const [limits, demand] = [limitsOf(at), demandOf(at)];
      const tenant = await tenantOf(at);
      const reply = admissionReply(
        await tenant.hold(
          holdCall('op-1:1', {
            ...{ min: demand.minNano, max: demand.maxNano, limits: limits.quotas },
            ...{ minTokens: demand.minTokens, maxTokens: demand.maxTokens },
            ...{ rateTokens: demand.rateTokens, rpm: at.rpm, tpm: at.tpm },
            concurrency: at.concurrency,
          }),
        ),
        limits,
      );
      const verdict = judge(standingOf(at), demand, limits);
      const code = verdict.kind === 'refused' ? verdict.refusal.code : 'granted';
      seen.set(code, (seen.get(code) ?? 0) + 1);
      if (verdict.kind === 'refused') {
        if (reply.kind !== 'refused') throw new Error(`admitted, though ${code}`);
        expect(withoutWait(reply.refusal)).toEqual(withoutWait(verdict.refusal));
        return;
      }
      expect(reply).toMatchObject({
        ...{ kind: 'admitted', heldNano: verdict.nano, heldTokens: verdict.tokens },
        availableNano: verdict.availableNano,
      });
      if (reply.kind !== 'admitted') return;
      expect(reply.rates.requests?.remaining).toBe(verdict.rates.requests?.remaining);
      expect(reply.rates.tokens?.remaining).toBe(verdict.rates.tokens?.remaining);
    }),
    HOW,
  );
  const codes = ['granted', 'insufficient_quota', 'daily_quota_exceeded', 'monthly_quota_exceeded'];
  for (const code of [...codes, 'rate_limit_exceeded', 'concurrency_exceeded']) {
    expect(seen.get(code) ?? 0, code).toBeGreaterThan(0);
  }
});

it('judge.ts says of what quota_standing.lua reads all that quota_hold.lua says, and when to come again', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(settings, async (at) => {
      const [limits, demand] = [limitsOf(at), demandOf(at)];
      const tenant = await tenantOf(at);
      const { rpm, tpm, concurrency, quotas } = limits;
      const { rateTokens } = demand;
      const ids = { tenantId: tenant.id, keyId: trustedApiKeyId(KEY) };
      const types = quotas.map((quota) => quota.type);
      const read = readStandingReply(
        await tenant.standing(standingCall({ rateTokens, rpm, tpm, types })),
        { ...ids, limits, rateTokens },
      );
      const verdict = judge(read, demand, limits);
      const reply = admissionReply(
        await tenant.hold(
          holdCall('op-1:1', {
            ...{ min: demand.minNano, max: demand.maxNano, rateTokens, rpm, tpm, concurrency },
            ...{ minTokens: demand.minTokens, maxTokens: demand.maxTokens, limits: quotas },
          }),
        ),
        limits,
      );
      const isRate = verdict.kind === 'refused' && verdict.refusal.code === 'rate_limit_exceeded';
      const code = verdict.kind === 'refused' ? verdict.refusal.code : 'granted';
      seen.set(code, (seen.get(code) ?? 0) + 1);
      if (verdict.kind === 'granted') {
        const { nano, tokens: heldTokens, availableNano, rates } = verdict;
        expect(reply).toMatchObject({ heldNano: nano, heldTokens, availableNano, rates });
      } else if (reply.kind !== 'refused') throw new Error(`admitted, though ${code}`);
      else if (isRate) expect(reply.refusal).toEqual(verdict.refusal);
      else expect(withoutWait(reply.refusal)).toEqual(withoutWait(verdict.refusal));
    }),
    HOW,
  );
  for (const code of ['granted', 'insufficient_quota', 'rate_limit_exceeded']) {
    expect(seen.get(code) ?? 0, code).toBeGreaterThan(0);
  }
});

it('quota_raise.lua and judge.ts say the same of any raise', async () => {
  const held = fc.record({ at: settings, moreNano: SMALL, moreTokens: tokens });
  await fc.assert(
    fc.asyncProperty(held, async ({ at, moreNano, moreTokens }) => {
      const mine = { amount: at.a, tokens: at.minTokens, day: BENCH_DAY, isOwn: true };
      const setting: Setting = { ...at, holds: [mine, ...at.holds] };
      const tenant = await tenantOf(setting);
      const limits = limitsOf(at);
      const amount = at.a + moreNano;
      fc.pre(amount <= 9_000_000_000_000_000n);
      const [, code, detail = ''] = await tenant.raise(
        raiseCall('open-0:1', { amount, tokens: at.minTokens + moreTokens, limits: limits.quotas }),
      );
      const refusal = judgeRaise(
        standingOf(setting),
        { nano: moreNano, tokens: moreTokens },
        limits,
      );
      if (refusal === null) {
        expect(code).toBe('RAISED');
        return;
      }
      expect(code).not.toBe('RAISED');
      const told = refusalOf(
        code,
        detail,
        0,
        'availableNano' in refusal ? refusal.availableNano : 0n,
      );
      expect(withoutWait(told)).toEqual(withoutWait(refusal));
    }),
    HOW,
  );
});
