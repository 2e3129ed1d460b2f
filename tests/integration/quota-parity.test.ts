import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenCharge } from '@/server/domain/charge';
import type { AdmissionReply } from '@/server/domain/ports';
import { KEY_QUOTA_TYPES, type KeyLimits } from '@/server/domain/quota';
import { chargeOf, nextAttempt } from '../helpers/charges';
import { type Account, LedgerBench } from '../helpers/ledger-bench';
import { demandOf, type Houses, openHouses, type QuotaHouse } from '../helpers/quota-houses';

let bench: LedgerBench;
let houses: Houses;

beforeAll(async () => {
  bench = await LedgerBench.open();
  houses = openHouses(bench);
});

afterAll(async () => {
  houses.close();
  await bench.close();
});

const nano = fc.bigInt({ min: 0n, max: 300n });
const slot = fc.nat(4);
const step = fc.oneof(
  fc.record({ do: fc.constant('ask' as const), slot, a: nano, b: nano, tokens: fc.nat(30) }),
  fc.record({ do: fc.constant('raise' as const), slot, to: nano, tokens: fc.nat(60) }),
  fc.record({ do: fc.constant('pay' as const), slot, amount: nano }),
  fc.record({ do: fc.constant('void' as const), slot }),
  fc.record({ do: fc.constant('check' as const), estimate: nano }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const world = fc.record({
  balance: fc.bigInt({ min: 1n, max: 900n }),
  creditLimit: fc.oneof(fc.constant(0n), nano),
  dailyLimit: fc.option(fc.nat(6)),
  monthlyLimit: fc.option(fc.nat(6)),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 })),
  quotas: fc.uniqueArray(
    fc.record({
      type: fc.constantFrom(...KEY_QUOTA_TYPES),
      limit: fc.bigInt({ min: 0n, max: 250n }),
    }),
    { selector: (quota) => quota.type, maxLength: 2 },
  ),
  steps: fc.array(step, { minLength: 3, maxLength: 16 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

/** A tenant's life in one house: its slots hold what is open, or what was voided last. */
class Life {
  private readonly open = new Map<number, OpenCharge>();
  private readonly voided = new Map<number, OpenCharge>();

  constructor(
    private readonly house: QuotaHouse,
    private readonly account: Account,
    private readonly limits: KeyLimits,
  ) {}

  /** Does a step; returns what can be compared with the other house. */
  async take(one: Step): Promise<unknown> {
    if (one.do === 'check') return withoutWaits(await this.house.check(this.account, one.estimate));
    const charge = this.open.get(one.slot);
    if (one.do === 'ask') return charge === undefined ? this.ask(one) : null;
    if (charge === undefined) return null;
    if (one.do === 'raise') {
      const reply = await this.house.raise(charge, one.to, one.tokens, this.limits);
      return reply.kind === 'refused' ? ['refused', reply.refusal.code] : reply;
    }
    this.open.delete(one.slot);
    if (one.do === 'pay') await this.house.pay(charge, one.amount, this.limits);
    else {
      await this.house.void(charge);
      this.voided.set(one.slot, charge);
    }
    return null;
  }

  private async ask({ slot: at, a, b, tokens }: Extract<Step, { do: 'ask' }>): Promise<unknown> {
    const voided = this.voided.get(at);
    this.voided.delete(at);
    const wanted = voided === undefined ? chargeOf(this.account) : nextAttempt(voided);
    const [minNano, maxNano] = a < b ? [a, b] : [b, a];
    const demand = demandOf(0n, { minNano, maxNano, minTokens: 0, maxTokens: tokens });
    const { reply, charge } = await this.house.admit(wanted, demand, this.limits);
    if (charge !== null) this.open.set(at, charge);
    return comparable(reply);
  }

  /** Ends all that is open. */
  async close(): Promise<void> {
    for (const charge of this.open.values()) await this.house.void(charge);
  }
}

function comparable(reply: AdmissionReply): unknown {
  if (reply.kind === 'admitted') {
    const { heldNano, heldTokens, availableNano, day, month } = reply;
    return { heldNano, heldTokens, availableNano, day, month };
  }
  return withoutWaits(reply);
}

/** Both tell how long to wait by the clock of now, a few milliseconds apart. */
const withoutWaits = (reply: object): unknown =>
  JSON.parse(
    JSON.stringify(reply, (name, value: unknown) => {
      if (name === 'retryAfterMs') return typeof value;
      return typeof value === 'bigint' ? String(value) : value;
    }),
  );

async function livesOf(at: World): Promise<{ lives: readonly Life[]; accounts: Account[] }> {
  const limits: KeyLimits = {
    rpm: null,
    tpm: null,
    concurrency: at.concurrency,
    quotas: at.quotas,
  };
  const wishes = {
    ...{ balance: at.balance, creditLimit: at.creditLimit },
    ...(at.dailyLimit === null ? {} : { dailyLimit: at.dailyLimit }),
    ...(at.monthlyLimit === null ? {} : { monthlyLimit: at.monthlyLimit }),
  };
  const accounts: Account[] = [];
  const lives: Life[] = [];
  for (const house of [houses.redis, houses.postgres]) {
    const { tenantId } = await bench.account(wishes);
    const account = { tenantId, keyId: await bench.key(tenantId, at.quotas) };
    accounts.push(account);
    lives.push(new Life(house, account, limits));
  }
  return { lives, accounts };
}

it('any history ends the same in both stores, step by step and in the ledger', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (at) => {
      const { lives, accounts } = await livesOf(at);
      for (const one of at.steps) {
        const [inRedis, inPostgres] = await Promise.all(lives.map((life) => life.take(one)));
        expect(inRedis).toEqual(inPostgres);
      }
      await Promise.all(lives.map((life) => life.close()));
      const [one, other] = await Promise.all(
        accounts.map(async ({ tenantId }) => {
          const snapshot = await bench.ledger.snapshot(tenantId);
          if (snapshot === null) throw new Error('no tenant');
          const { tenantId: _id, version: _version, ...quota } = snapshot.quota;
          const used = snapshot.keyQuotas.map((row) => `${row.type} ${row.used} ${row.period}`);
          return { quota, used: used.sort(), holds: snapshot.holds };
        }),
      );
      expect(one).toEqual(other);
      expect(one?.holds).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
