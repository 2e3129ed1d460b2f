import type { OpenCharge } from '@/server/domain/charge';
import {
  type OperationId,
  operationId,
  type TenantId,
  type TraceId,
  type TransactionId,
} from '@/server/domain/ids';
import type {
  Checkpoint,
  ExpiredCharge,
  OpenRowReply,
  Renewal,
  RowState,
  TraceRecord,
} from '@/server/domain/ports';
import type { QuotaSnapshot } from '@/server/domain/quota';
import { type ChargeRow, type Database, nameOfTrace } from './database';

/** The twins of the ledger's statements about single rows. */
const traceRecord = ({ charge, status }: ChargeRow): TraceRecord => ({
  transactionId: charge.transactionId,
  status,
  attempt: charge.attempt,
  bodyHash: charge.bodyHash,
  keyId: charge.keyId,
  isStream: charge.isStream,
});

export function findTrace(db: Database, tenantId: TenantId, traceId: TraceId): TraceRecord | null {
  const row = db.chargeOf(tenantId, traceId);
  return row === null ? null : traceRecord(row);
}

/** Inserts the PENDING row, or re-opens the VOIDED one. False: nothing was written. */
export function writePending(db: Database, charge: OpenCharge, leaseMs: number): boolean {
  const fresh: Omit<ChargeRow, 'createdAtMs'> = {
    charge,
    status: 'PENDING',
    holdNano: charge.heldNano,
    holdTokens: charge.heldTokens,
    inputTokens: charge.countedInputTokens,
    outputTokens: 0,
    amountNano: 0n,
    finish: null,
    balanceAfterNano: null,
    leaseExpiresAtMs: db.now() + leaseMs,
  };
  if (charge.attempt === 1) {
    const isTaken = db.traces.has(nameOfTrace(charge.tenantId, charge.traceId));
    if (isTaken || db.charges.has(charge.transactionId)) return false;
    db.insertCharge({ ...fresh, createdAtMs: db.now() });
    return true;
  }
  const row = db.charges.get(charge.transactionId);
  if (row?.status !== 'VOIDED' || row.charge.attempt !== charge.attempt - 1) return false;
  const { bodyHash, keyId, tenantId } = row.charge;
  if (tenantId !== charge.tenantId || bodyHash !== charge.bodyHash || keyId !== charge.keyId) {
    return false;
  }
  db.updateCharge(row, fresh);
  return true;
}

export function openRow(db: Database, charge: OpenCharge, leaseMs: number): OpenRowReply {
  if (writePending(db, charge, leaseMs)) return { kind: 'opened' };
  const row = db.chargeOf(charge.tenantId, charge.traceId);
  if (row === null) throw new Error('A trace was refused and yet is not there');
  return { kind: 'taken', record: traceRecord(row) };
}

export function rowStates(db: Database, charges: readonly OpenCharge[]): RowState[] {
  return charges.map((charge) => {
    const name = nameOfTrace(charge.tenantId, charge.traceId);
    if (!db.traces.has(name)) return 'absent';
    if (db.traces.get(name) !== charge.transactionId) return 'over';
    if (heldRow(db, charge) !== null) return 'open';
    const row = db.charges.get(charge.transactionId);
    const isOlder = row?.status === 'VOIDED' && row.charge.attempt < charge.attempt;
    return isOlder ? 'absent' : 'over';
  });
}

export function burnAttempt(db: Database, transactionId: TransactionId, attempt: number): void {
  const row = db.charges.get(transactionId);
  if (row?.status !== 'VOIDED' || row.charge.attempt !== attempt - 1) return;
  const charge = { ...row.charge, attempt, operationId: operationId(transactionId, attempt) };
  db.updateCharge(row, { charge });
}

/** The row of this very attempt, while it is open. */
export function heldRow(db: Database, charge: OpenCharge): ChargeRow | null {
  const row = db.charges.get(charge.transactionId);
  if (row?.status !== 'PENDING' || row.charge.attempt !== charge.attempt) return null;
  return row.charge.owner === charge.owner ? row : null;
}

export function checkpoint(db: Database, items: readonly Checkpoint[]): Renewal[] {
  return items.map((item) => {
    const row = heldRow(db, item.charge);
    if (row === null) return 'lost';
    if (db.lockedRows.has(item.charge.transactionId)) return 'busy';
    db.updateCharge(row, {
      holdNano: item.heldNano > row.holdNano ? item.heldNano : row.holdNano,
      holdTokens: Math.max(item.heldTokens, row.holdTokens),
      inputTokens: item.inputTokens,
      outputTokens: Math.max(item.outputTokens, row.outputTokens),
      leaseExpiresAtMs: db.now() + item.leaseMs,
    });
    return 'held';
  });
}

export function renewLeases(
  db: Database,
  charges: readonly OpenCharge[],
  leaseMs: number,
): Renewal[] {
  return charges.map((charge) => {
    const row = heldRow(db, charge);
    if (row === null) return 'lost';
    if (db.lockedRows.has(charge.transactionId)) {
      const { transactionId, attempt } = charge;
      db.keptLeases.set(transactionId, { attempt, expiresAtMs: db.now() + leaseMs });
      return 'busy';
    }
    db.updateCharge(row, { leaseExpiresAtMs: db.now() + leaseMs });
    return 'held';
  });
}

const isQuarantined = (db: Database, operation: string): boolean =>
  db.quarantine.get(operation)?.isResolved === false;

export function expiredCharges(db: Database, limit: number): ExpiredCharge[] {
  const expired: ChargeRow[] = [];
  for (const row of db.charges.values()) {
    if (row.status !== 'PENDING' || isQuarantined(db, row.charge.operationId)) continue;
    if (db.lockedRows.has(row.charge.transactionId)) continue;
    if (db.isAbandoned(row)) expired.push(row);
  }
  return expired
    .sort((a, b) => (a.leaseExpiresAtMs ?? 0) - (b.leaseExpiresAtMs ?? 0))
    .slice(0, limit)
    .map(({ charge, holdNano, holdTokens, inputTokens, outputTokens }) => ({
      charge: { ...charge, heldNano: holdNano, heldTokens: holdTokens },
      inputTokens,
      outputTokens,
    }));
}

export function withoutPendingRow(db: Database, operations: readonly OperationId[]): OperationId[] {
  const waiting = new Set<string>();
  for (const row of db.charges.values()) {
    if (row.status === 'PENDING') waiting.add(row.charge.operationId);
  }
  return operations.filter((id) => !waiting.has(id) && !isQuarantined(db, id));
}

export function snapshot(db: Database, tenantId: TenantId): QuotaSnapshot | null {
  const quota = db.quotas.get(tenantId);
  if (quota === undefined) return null;
  const holds = db
    .pendingOf(tenantId)
    .map(({ charge, holdNano, holdTokens, leaseExpiresAtMs }) => ({
      operationId: charge.operationId,
      keyId: charge.keyId,
      amountNano: holdNano,
      tokens: holdTokens,
      requests: 1,
      day: charge.day,
      month: charge.month,
      leaseLeftMs: Math.round((leaseExpiresAtMs ?? 0) - db.now()),
    }));
  return { quota, keyQuotas: db.keyQuotasOf(tenantId), holds };
}
