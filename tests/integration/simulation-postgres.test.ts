import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { QuotaStore } from '@/server/domain/ports';
import type { KeyLimits, KeyQuotaRow } from '@/server/domain/quota';
import { createPostgresQuotaStore } from '@/server/stores/postgres/quota-store';
import { settleBatch } from '@/server/stores/postgres/settle-batch';
import * as admission from '../../tools/simulation/postgres-model/admission';
import { Database } from '../../tools/simulation/postgres-model/database';
import * as rows from '../../tools/simulation/postgres-model/rows';
import * as model from '../../tools/simulation/postgres-model/settle';
import { type Account, LedgerBench } from '../helpers/ledger-bench';
import { anyLedgerCommand, keyQuotas, type LedgerCommand } from '../helpers/ledger-commands';

const RUNS = 60;

let bench: LedgerBench;
let quotaStore: QuotaStore;
beforeAll(async () => {
  bench = await LedgerBench.open();
  quotaStore = createPostgresQuotaStore(bench.client.sql);
});
afterAll(() => bench.close());

it('the simulated Postgres answers and stores what the real one does', async () => {
  const house = fc.record({
    balance: fc.integer({ min: 0, max: 900 }).map(BigInt),
    creditLimit: fc.constantFrom(0n, 0n, 100n),
    dailyLimit: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 3 }),
    monthlyLimit: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 4 }),
    quotas: keyQuotas,
    seed: fc.integer(),
  });
  await fc.assert(
    fc.asyncProperty(house, async ({ quotas, seed, dailyLimit, monthlyLimit, ...wishes }) => {
      const limits = {
        ...(dailyLimit === null ? {} : { dailyLimit }),
        ...(monthlyLimit === null ? {} : { monthlyLimit }),
      };
      const { tenantId } = await bench.account({ ...wishes, ...limits });
      const account = { tenantId, keyId: await bench.key(tenantId, quotas) };
      const commands = fc.array(anyLedgerCommand(account), { minLength: 10, maxLength: 25 });
      const [history = []] = fc.sample(commands, { numRuns: 1, seed });
      await playOnBoth(account, quotas, history);
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 60_000);

async function playOnBoth(
  account: Account,
  quotas: KeyLimits['quotas'],
  history: readonly LedgerCommand[],
): Promise<void> {
  const db = await modelOf(account);
  for (const command of history) {
    const own = withQuotas(command, quotas);
    const expected = outcomeOf(() => onModel(db, account, own));
    const found = await onPostgres(account, own).then(
      (reply) => told(reply),
      () => 'an error',
    );
    expect({ command: own, reply: told(await expected) }).toEqual({ command: own, reply: found });
    expect(modelState(db, account)).toEqual(await postgresState(account));
  }
}

/** A request's limits name the key's quotas, as its record does. */
function withQuotas(command: LedgerCommand, quotas: KeyLimits['quotas']): LedgerCommand {
  if (command.do === 'admit') {
    const limits = { ...command.admission.limits, quotas };
    return { ...command, admission: { ...command.admission, limits } };
  }
  if (command.do !== 'raise') return command;
  return { ...command, raise: { ...command.raise, limits: { ...command.raise.limits, quotas } } };
}

async function modelOf({ tenantId, keyId }: Account): Promise<Database> {
  const snapshot = await bench.ledger.snapshot(tenantId);
  if (snapshot === null) throw new Error('no snapshot');
  const db = new Database(() => Date.now());
  db.quotas.set(tenantId, snapshot.quota);
  db.keys.set(keyId, {
    ...{ keyId, tenantId, status: 'active', expiresAtMs: null, allowedModels: null },
    ...{ allowedIps: null, limits: { rpm: null, tpm: null, concurrency: null, quotas: [] } },
  });
  db.keyQuotas.set(keyId, snapshot.keyQuotas.toSorted(byType));
  return db;
}

const byType = (a: KeyQuotaRow, b: KeyQuotaRow): number => (a.type < b.type ? -1 : 1);

async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return work();
  } catch {
    return 'an error';
  }
}

function onModel(db: Database, { tenantId }: Account, command: LedgerCommand): unknown {
  switch (command.do) {
    case 'open':
      return rows.openRow(db, command.charge, command.leaseMs);
    case 'settle':
      return model.settleBatch(db, command.settlements);
    case 'checkpoint':
      return rows.checkpoint(db, [command.checkpoint])[0];
    case 'renew':
      return rows.renewLeases(db, command.charges, command.leaseMs);
    case 'admit':
      return admission.admit(db, command.admission);
    case 'raise':
      return admission.raise(db, command.raise);
    case 'check':
      return admission.check(db, tenantId, command.estimateNano);
    case 'burn':
      return rows.burnAttempt(db, command.charge.transactionId, command.charge.attempt);
    case 'look':
      return [
        rows.rowStates(db, [command.charge]),
        rows.findTrace(db, tenantId, command.charge.traceId),
        rows.withoutPendingRow(db, [command.charge.operationId]),
        rows.snapshot(db, tenantId),
        rows
          .expiredCharges(db, 1_000)
          .map(({ charge, ...left }) => ({ id: charge.operationId, owner: charge.owner, ...left }))
          .toSorted(byId),
      ];
  }
}

async function onPostgres({ tenantId }: Account, command: LedgerCommand): Promise<unknown> {
  const { ledger } = bench;
  switch (command.do) {
    case 'open':
      return await ledger.openRow(command.charge, command.leaseMs);
    case 'settle':
      return await settleBatch(bench.client.sql, command.settlements);
    case 'checkpoint':
      return await ledger.checkpoint(command.checkpoint);
    case 'renew':
      return await ledger.renew(command.charges, command.leaseMs);
    case 'admit':
      return await quotaStore.admit(command.admission);
    case 'raise':
      return await quotaStore.raise(command.raise);
    case 'check':
      return await quotaStore.check(tenantId, command.estimateNano);
    case 'burn':
      return await ledger.burnAttempt(command.charge.transactionId, command.charge.attempt);
    case 'look':
      return [
        await ledger.rowStates([command.charge]),
        await ledger.findTrace(tenantId, command.charge.traceId),
        await ledger.withoutPendingRow([command.charge.operationId]),
        await ledger.snapshot(tenantId),
        (await ledger.expired(1_000))
          .filter(({ charge }) => charge.tenantId === tenantId)
          .map(({ charge, ...left }) => ({ id: charge.operationId, owner: charge.owner, ...left }))
          .toSorted(byId),
      ];
  }
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/** What a clock that ticks makes differ is left out, and what has no order is ordered. */
const told = (reply: unknown): unknown =>
  JSON.parse(
    JSON.stringify(reply, (name, value: unknown) => {
      if (['leaseLeftMs', 'retryAfterMs', 'resetMs'].includes(name)) return undefined;
      if ((name === 'keyQuotas' || name === 'holds') && Array.isArray(value)) {
        return value.map((row) => JSON.stringify(row, bigintText)).toSorted();
      }
      return bigintText(name, value);
    }) ?? 'null',
  );

const bigintText = (name: string, value: unknown): unknown => {
  if (name === 'leaseLeftMs') return undefined;
  return typeof value === 'bigint' ? String(value) : value;
};

function modelState(db: Database, { tenantId, keyId }: Account): unknown {
  const charges = [...db.charges.values()].map((row) => ({
    ...{ id: row.charge.transactionId, status: row.status, attempt: row.charge.attempt },
    ...{ owner: row.charge.owner, trace: row.charge.traceId, amount: String(row.amountNano) },
    ...{ after: row.balanceAfterNano === null ? null : String(row.balanceAfterNano) },
    ...{ hold: String(row.holdNano), holdTokens: row.holdTokens, finish: row.finish },
    ...{ input: row.inputTokens, output: row.outputTokens, day: String(row.charge.day) },
    isExpired: row.leaseExpiresAtMs === null ? null : row.leaseExpiresAtMs < Date.now(),
  }));
  const quotas = (db.keyQuotas.get(keyId) ?? []).map((row) => [
    row.type,
    String(row.used),
    row.period,
  ]);
  return told({ charges: charges.toSorted(byId), quota: db.quota(tenantId), quotas });
}

async function postgresState({ tenantId, keyId }: Account): Promise<unknown> {
  const charges = await bench.sql`
    select id, status, attempt, owner, trace_id as trace, amount::text, balance_after::text as after,
      hold::text, hold_tokens as "holdTokens", finish, input_tokens as input,
      output_tokens as output, day::text, lease_expires_at < clock_timestamp() as "isExpired"
    from billing_transaction where tenant_id = ${tenantId} and kind = 'charge' order by id`;
  const quotas = await bench.sql<{ type: string; used: string; period: string }[]>`
    select quota_type as type, used::text, period from api_key_quota
    where api_key_id = ${keyId} order by quota_type`;
  return told({
    charges: charges.map((row) => ({ ...row })),
    quota: await bench.quota(tenantId),
    quotas: quotas.map(({ type, used, period }) => [type, used, period]),
  });
}
