import type { Settlement } from '../../src/server/domain/charge';
import { dayOf } from '../../src/server/domain/period';
import { ANY_TRANSACTION, type TransactionQuery } from '../../src/server/domain/ports/portal';
import type { NamedRange } from '../../src/server/domain/usage-window';
import { readUsage, type UsageBy } from '../../src/server/services/portal/read-usage';
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
    ...ANY_TRANSACTION,
    ...{ before: null, limit: PAGE },
    ...query,
  });

/** What the page of usage asks, as the portal answers it. */
const usage = ({ portal, largest }: Subject, range: NamedRange, by: UsageBy) =>
  readUsage({
    ctx: { portal, tenantId: largest.tenantId, actor: { kind: 'system' }, nowMs: Date.now() },
    input: { range, by },
  });

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
  'keys, with their last use': { run: (on) => on.portal.keys(on.largest.tenantId, 500) },
  'page, newest': { run: (on) => page(on, {}) },
  'page, in the middle': { run: (on) => page(on, { before: on.middle.id }) },
  'page of a status, VOIDED': { run: (on) => page(on, { status: 'VOIDED' }) },
  'page of a status, PENDING': { run: (on) => page(on, { status: 'PENDING' }) },
  'page of a trace id': {
    run: (on) => page(on, { trace: { text: on.middle.traceId, match: 'exact' } }),
  },
  'page of a trace id’s beginning (none), a window': {
    run: (on) => page(on, { trace: { text: 'none-', match: 'longer' } }),
  },
  'page of a kind, topup': { run: (on) => page(on, { kind: 'topup' }) },
  'page of a kind, refund (none)': { run: (on) => page(on, { kind: 'refund' }) },
  'page of a model': { run: (on) => page(on, { model: 'sim-vast' }) },
  'page of a model (none)': { run: (on) => page(on, { model: 'sim-none' }) },
  'page of a key': { run: (on) => page(on, { keyId: on.largest.keyId }) },
  'page of an amount': { run: (on) => page(on, { amountMin: 1_500n, amountMax: 1_510n }) },
  'page of an amount (none), a window': { run: (on) => page(on, { amountMin: 900_000_000n }) },
  'page of an amount (none), a window in the middle': {
    run: (on) => page(on, { amountMin: 900_000_000n, before: on.middle.id }),
  },
  'page of a model and an amount (none), a window': {
    run: (on) => page(on, { model: 'sim-vast', amountMin: 900_000_000n }),
  },
  'page of a key and a model (none), a window': {
    run: (on) => page(on, { keyId: on.largest.keyId, model: 'sim-none' }),
  },
  'page of a day, in the middle': {
    run: (on) => {
      const to = on.middle.createdAt;
      return page(on, { from: new Date(to.getTime() - DAY_MS), to });
    },
  },
  'page of every condition, a window': {
    run: (on) =>
      page(on, {
        ...{ status: 'COMMITTED', kind: 'charge', keyId: on.largest.keyId, model: 'sim-small' },
        ...{
          amountMin: 900_000_000n,
          amountMax: 1_000_000_000n,
          from: new Date(0),
          to: new Date(),
        },
        trace: { text: 'none-', match: 'longer' },
      }),
  },
  'export, a batch in the middle': {
    run: (on) => page(on, { before: on.middle.id, limit: 1_000 }),
  },
  'spent today and this month': {
    run: (on) => on.portal.spent(on.largest.tenantId, dayOf(Date.now())),
  },
  'usage by day, 30 days': { run: (on) => usage(on, '30d', 'day') },
  'usage by day, 90 days': { run: (on) => usage(on, '90d', 'day') },
  'usage by model, 30 days': { run: (on) => usage(on, '30d', 'model') },
  'usage by model, 90 days': { run: (on) => usage(on, '90d', 'model') },
  'usage by key, 90 days': { run: (on) => usage(on, '90d', 'key') },
  'usage by model, 24 hours': { run: (on) => usage(on, '24h', 'model') },
  'usage by hour, 7 days': { run: (on) => usage(on, '7d', 'hour') },
};
