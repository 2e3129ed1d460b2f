import type { Settlement } from '@/server/domain/charge';
import type { OperationId, TenantId } from '@/server/domain/ids';
import {
  ANSWER_OVERHEAD_BYTES,
  type AnswerName,
  type AnswerStore,
  answerLabel,
  type DeductReply,
  type KeyDirectory,
  type KeyRecord,
  type Ledger,
  type Quarantine,
  type QuarantinedSettlement,
  type QuotaReader,
  type QuotaStore,
  type StoredAnswer,
} from '@/server/domain/ports';
import { LedgerUnavailable } from '@/server/domain/unavailable';
import type { CatalogueReading } from '@/server/stores/postgres/catalogue';
import { createCheckpointLane } from '@/server/stores/postgres/checkpoint-lane';
import { guarded, type IsLate } from '@/server/stores/postgres/failure';
import { createSettleLanes } from '@/server/stores/postgres/settle-lanes';
import * as admission from '../postgres-model/admission';
import { type Database, nameOfTrace, type QuarantineRow } from '../postgres-model/database';
import * as rows from '../postgres-model/rows';
import { observedSettle } from './observed-settle';
import type { PostgresServer } from './postgres-server';
import type { Stage } from './stage';
import { QUIET, type Wire } from './wire';

/** So few that some answers find no room at all, and their repeats are told that they were billed. */
const ANSWER_BUDGET_BYTES = 3_000;

/** Sends one transaction. Throws LedgerUnavailable as the real stores do. */
type Transact = <T>(label: string, work: (db: Database, isLate: IsLate) => T) => Promise<T>;

export interface PostgresPorts {
  readonly ledger: Ledger;
  readonly quota: QuotaStore & QuotaReader;
  readonly answers: AnswerStore;
  readonly quarantine: Quarantine;
  readonly keys: KeyDirectory;
  readCatalogue(): Promise<CatalogueReading>;
  readonly transact: Transact;
}

/** Everything that an instance keeps in Postgres, over its connection to the simulated one. */
export function postgresPorts(wire: Wire<PostgresServer>, stage: Stage): PostgresPorts {
  const transact: Transact = (label, work) =>
    guarded((isLate) =>
      wire.send(label.startsWith(QUIET) ? label : `pg ${label}`, (server) =>
        work(server.db, isLate),
      ),
    );
  return {
    transact,
    ledger: ledgerOver(transact, stage),
    quota: quotaOver(transact, stage),
    quarantine: quarantineOver(transact, stage),
    answers: {
      put: (name, answer) =>
        transact(`store answer ${answerLabel(name)}`, (db) =>
          storeAnswer(db.answers, name, answer),
        ),
      get: (name) =>
        transact(
          `stored answer ${answerLabel(name)}`,
          (db) => db.answers.get(nameOfTrace(name.tenantId, answerLabel(name))) ?? null,
        ),
    },
    keys: { find: (digest) => transact('~key', (db) => findKey(db, digest)) },
    readCatalogue: () =>
      transact('~catalogue', (db) => ({
        models: new Map(db.models),
        routes: new Map([['*', stage.routes]]),
      })),
  };
}

/** What `stored_answer_account` and its trigger do: an answer without room is not kept. */
function storeAnswer(
  answers: Map<string, StoredAnswer>,
  name: AnswerName,
  answer: StoredAnswer,
): 'stored' | 'full' {
  const own = nameOfTrace(name.tenantId, answerLabel(name));
  const prefix = nameOfTrace(name.tenantId, '');
  let bytes = answer.body.length + ANSWER_OVERHEAD_BYTES;
  for (const [other, { body }] of answers) {
    if (other === own || !other.startsWith(prefix)) continue;
    bytes += body.length + ANSWER_OVERHEAD_BYTES;
  }
  if (bytes > ANSWER_BUDGET_BYTES) return 'full';
  answers.set(own, answer);
  return 'stored';
}

function findKey(db: Database, digest: Uint8Array): KeyRecord | null {
  const id = Buffer.from(digest).toString();
  for (const key of db.keys.values()) {
    if (key.keyId !== id) continue;
    return { ...key, tenantStatus: db.suspended.has(key.tenantId) ? 'suspended' : 'active' };
  }
  return null;
}

function ledgerOver(transact: Transact, stage: Stage): Ledger {
  const settle = createSettleLanes((items) =>
    transact(`settle ${items.map(describe).join(', ')}`, (db) =>
      observedSettle(db, items, (situation) => stage.reach(situation)),
    ),
  );
  const checkpoint = createCheckpointLane((items) =>
    transact(
      `checkpoint ${items.map((item) => `${item.charge.operationId}=${item.outputTokens}`).join(', ')}`,
      (db) => {
        const replies = rows.checkpoint(db, items);
        if (replies.includes('held')) stage.reach('row: a checkpoint is written');
        if (replies.includes('lost')) stage.reach('row: a checkpoint finds the row ended');
        return replies;
      },
    ),
  );
  return {
    findTrace: (tenantId, traceId) =>
      transact(`find trace ${traceId}`, (db) => rows.findTrace(db, tenantId, traceId)),
    openRow: (charge, leaseMs) =>
      transact(`open row ${charge.operationId} of ${charge.traceId}`, (db) => {
        const reply = rows.openRow(db, charge, leaseMs);
        const isAgain = reply.kind === 'opened' && charge.attempt > 1;
        if (isAgain) stage.reach('trace: re-opened after it was void');
        return reply;
      }),
    rowStates: (charges) =>
      transact(`~states of ${charges.length} rows`, (db) => rows.rowStates(db, charges)),
    burnAttempt: (transactionId, attempt) =>
      transact(`burn ${transactionId}:${attempt}`, (db) => {
        rows.burnAttempt(db, transactionId, attempt);
      }),
    checkpoint,
    renew: async (charges, leaseMs) => {
      if (charges.length === 0) return [];
      return await transact(`renew ${charges.length} leases`, (db) =>
        rows.renewLeases(db, charges, leaseMs),
      );
    },
    settle,
    upForMs: () => transact('~uptime', (db) => db.now() - db.startedAtMs),
    snapshot: (tenantId) => transact(`snapshot ${tenantId}`, (db) => rows.snapshot(db, tenantId)),
    snapshots: (tenantIds) =>
      transact(`~snapshots of ${tenantIds.length} tenants`, (db) =>
        tenantIds.flatMap((tenantId) => rows.snapshot(db, tenantId) ?? []),
      ),
    expired: (limit) => transact('expired leases', (db) => rows.expiredCharges(db, limit)),
    withoutPendingRow: (operations) =>
      transact(`pending among ${operations.join(' ')}`, (db) =>
        rows.withoutPendingRow(db, operations),
      ),
  };
}

function describe({ charge, outcome }: Settlement): string {
  const what =
    outcome.status === 'COMMITTED'
      ? `${outcome.finish} ${outcome.amountNano}`
      : `void ${outcome.reason}`;
  return `${charge.operationId} ${what}`;
}

function quotaOver(transact: Transact, stage: Stage): QuotaStore & QuotaReader {
  return {
    check: (tenantId, estimateNano) =>
      transact(`check ${tenantId}`, (db) => admission.check(db, tenantId, estimateNano)),
    admit: (request) =>
      transact(`admit ${request.identity.transactionId}:${request.attempt}`, (db, isLate) => {
        if (isLate()) throw new Error('Nobody waits for this admission any more');
        expectUnlocked(db, request.identity.tenantId);
        const reply = admission.admit(db, request);
        stage.reach(reply.kind === 'admitted' ? 'fallback: admitted' : 'fallback: refused');
        return reply;
      }),
    raise: (request) =>
      transact(`raise ${request.charge.operationId} to ${request.heldNano}`, (db) => {
        expectUnlocked(db, request.charge.tenantId);
        const reply = admission.raise(db, request);
        const isRaised = reply.kind === 'raised';
        stage.reach(isRaised ? 'fallback: raised' : 'fallback: a raise is refused');
        return reply;
      }),
    standing: ({ tenantId, keyId, limits }) =>
      transact(`standing ${tenantId}`, (db) => admission.readStanding(db, tenantId, keyId, limits)),
    deduct: async (): Promise<DeductReply> => ({ kind: 'miss' }),
    fold: async () => undefined,
    renew: async () => undefined,
  };
}

/** Whoever needs a quota row that stays locked is given up as unanswered. */
function expectUnlocked(db: Database, tenantId: TenantId): void {
  if (db.lockedQuotas.has(tenantId)) throw new LedgerUnavailable(new Error('locked'));
}

const shown = (row: QuarantineRow): QuarantinedSettlement => ({
  operationId: row.settlement.charge.operationId,
  settlement: row.settlement,
  reason: row.reason,
  tries: row.tries,
  createdAt: new Date(row.createdAtMs),
});

function quarantineOver(transact: Transact, stage: Stage): Quarantine {
  const open = (db: Database, id: OperationId): QuarantineRow | null => {
    const row = db.quarantine.get(id);
    return row === undefined || row.isResolved ? null : row;
  };
  const waiting = (db: Database): [string, QuarantineRow][] =>
    [...db.quarantine].filter(([, row]) => !row.isResolved);
  return {
    put: (settlement, reason) =>
      transact(`quarantine ${settlement.charge.operationId}`, (db) => {
        const id = settlement.charge.operationId;
        const before = db.quarantine.get(id);
        const tries = (before?.tries ?? 0) + 1;
        const isKept = before?.isResolved === false && settlement.onlyIfExpired;
        const newest = isKept ? before.settlement : settlement;
        const row = {
          ...{ settlement: newest, reason, tries },
          ...{ createdAtMs: db.now(), isResolved: false },
        };
        db.quarantine.set(id, row);
      }),
    list: (limit) =>
      transact('quarantine', (db) =>
        waiting(db)
          .slice(0, limit)
          .map(([, row]) => shown(row)),
      ),
    find: (id) =>
      transact(`quarantined ${id}`, (db) => {
        const row = open(db, id);
        return row === null ? null : shown(row);
      }),
    resolve: (id) =>
      transact(`resolve ${id}`, (db) => {
        const row = open(db, id);
        if (row !== null) stage.reach('settle: out of quarantine');
        if (row !== null) row.isResolved = true;
        return row !== null;
      }),
    waiting: () => transact('quarantine size', (db) => waiting(db).length),
  };
}
