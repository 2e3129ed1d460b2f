import type { Settlement } from '../../src/server/domain/charge';
import { dayOf } from '../../src/server/domain/period';
import type { TransactionQuery } from '../../src/server/domain/ports/portal';
import type { TransactionFilter } from '../../src/server/domain/ports/repositories';
import type { Tx } from '../../src/server/stores/postgres/client';
import { createTransactionRepository } from '../../src/server/stores/postgres/repositories/transactions';
import { chargeOf, paid } from './charge';
import type { Subject } from './subject';

const DAY_MS = 86_400_000;
const BATCH = 200;
const PAGE = 25;

/** What is timed once a round. `each`: so many things it does, the time is that of one. */
interface Operation {
  readonly each?: number;
  readonly run: (subject: Subject) => Promise<unknown>;
}

const settleAll = ({ ledger }: Subject, settlements: readonly Settlement[]) =>
  Promise.all(settlements.map((settlement) => ledger.settle(settlement)));

const page = ({ portal, largest }: Subject, query: Partial<TransactionQuery>) =>
  portal.transactions(largest.tenantId, {
    ...{ before: null, limit: PAGE, status: null, tracePrefix: null },
    ...query,
  });

/** The admin's page, which has more conditions. */
const pageBy = ({ db, largest }: Subject, filter: Partial<TransactionFilter>) =>
  db.transaction((tx) =>
    createTransactionRepository(tx).list(largest.tenantId, {
      ...{ before: null, limit: PAGE, kind: null, status: null, from: null, to: null },
      ...{ model: null, traceId: null },
      ...filter,
    }),
  );

/** A page with a condition of its own, asked in the way that they ask. */
const pageWhere = ({ sql, largest }: Subject, condition: ReturnType<Tx>) => sql`
  select t.*, k.name from billing_transaction t left join api_key k on k.id = t.api_key_id
  where t.tenant_id = ${largest.tenantId} and ${condition}
  order by t.id desc limit ${PAGE}`;

const usageBy = ({ sql, largest }: Subject, days: number, columns: ReturnType<Tx>) => sql`
  select ${columns}, sum(requests) as requests, sum(voided) as voided, sum(amount) as amount,
    sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens
  from usage_rollup
  where tenant_id = ${largest.tenantId} and day > ${dayOf(Date.now() - days * DAY_MS)}
  group by ${columns}`;

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'settle, a charge of 200 of one tenant': {
    each: BATCH,
    run: (on) =>
      settleAll(
        on,
        Array.from({ length: BATCH }, () => paid(on.largest)),
      ),
  },
  'settle, a charge of 200 of up to 200 tenants': {
    each: BATCH,
    run: (on) =>
      settleAll(
        on,
        Array.from({ length: BATCH }, (_, at) => paid(on.some[at % on.some.length] ?? on.largest)),
      ),
  },
  'settle, one alone': { run: (on) => settleAll(on, [paid(on.largest)]) },
  'a row opened, and its charge settled': {
    async run(on) {
      const settlement: Settlement = { ...paid(on.largest), write: 'update' };
      await on.ledger.openRow(settlement.charge, 60_000);
      await on.ledger.settle(settlement);
    },
  },
  'a trace looked up': {
    run: (on) => on.ledger.findTrace(on.largest.tenantId, chargeOf(on.largest).traceId),
  },
  'snapshot of a tenant': { run: (on) => on.ledger.snapshot(on.largest.tenantId) },
  'reconciler, fifty tenants': {
    run: (on) => on.ledger.snapshots(on.some.slice(0, 50).map(({ tenantId }) => tenantId)),
  },
  'sweeper, its look': { run: (on) => on.ledger.expired(100) },
  'overview’s figures': { run: (on) => on.portal.standing(on.largest.tenantId) },
  'keys, with their last use': { run: (on) => on.portal.keys(on.largest.tenantId) },
  'page, newest': { run: (on) => page(on, {}) },
  'page, in the middle': { run: (on) => page(on, { before: on.middle.id }) },
  'page of a status, VOIDED': { run: (on) => page(on, { status: 'VOIDED' }) },
  'page of a status, PENDING': { run: (on) => page(on, { status: 'PENDING' }) },
  'page of a trace id': { run: (on) => page(on, { tracePrefix: on.middle.traceId }) },
  'page of a kind, topup': { run: (on) => pageBy(on, { kind: 'topup' }) },
  'page of a kind, refund (none)': { run: (on) => pageBy(on, { kind: 'refund' }) },
  'page of a model': { run: (on) => pageBy(on, { model: 'sim-vast' }) },
  'page of a model (none)': { run: (on) => pageBy(on, { model: 'sim-none' }) },
  'page of a key': { run: (on) => pageWhere(on, on.sql`t.api_key_id = ${on.largest.keyId}`) },
  'page of an amount': { run: (on) => pageWhere(on, on.sql`t.amount between 1500 and 1510`) },
  'page of an amount (none)': { run: (on) => pageWhere(on, on.sql`t.amount > 900000000`) },
  'page of a day, in the middle': {
    run: (on) => {
      const to = on.middle.createdAt;
      return pageBy(on, { from: new Date(to.getTime() - DAY_MS), to });
    },
  },
  'usage by day, 30 days': {
    run: (on) => on.portal.usageByDay(on.largest.tenantId, dayOf(Date.now() - 29 * DAY_MS)),
  },
  'usage by day, 90 days': {
    run: (on) => on.portal.usageByDay(on.largest.tenantId, dayOf(Date.now() - 89 * DAY_MS)),
  },
  'usage by day and model, 90 days': { run: (on) => usageBy(on, 90, on.sql`day, model`) },
  'usage by day and key, 90 days': { run: (on) => usageBy(on, 90, on.sql`day, api_key_id`) },
  'usage by hour and model, 7 days': { run: (on) => usageBy(on, 7, on.sql`day, hour, model`) },
};
