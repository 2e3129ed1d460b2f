import type { Settlement } from '@/server/domain/charge';
import type { TenantId } from '@/server/domain/ids';
import type { SettleReply } from '@/server/domain/ports';
import { type KeyQuotaRow, type KeyQuotaType, periodOf } from '@/server/domain/quota';
import { type ChargeRow, type Database, lockTimeout, nameOfTrace } from './database';

interface Judged {
  readonly settlement: Settlement;
  readonly row: ChargeRow | null;
  readonly isDue: boolean;
  readonly isLate: boolean;
  readonly isRepeat: boolean;
  readonly isHeld: boolean;
}

/** The twin of `settle-function.ts`: one statement, judged as a whole on what stood before it. */
export function settleBatch(db: Database, settlements: readonly Settlement[]): SettleReply[] {
  const isLocked = settlements.some(
    ({ charge, write }) =>
      db.lockedQuotas.has(charge.tenantId) ||
      (write === 'update' && db.lockedRows.has(charge.transactionId)),
  );
  if (isLocked) throw lockTimeout();
  const poisoned = settlements.some(({ charge }) => db.poisoned.has(charge.transactionId));
  if (poisoned) throw new Error('This row cannot be written');
  const judged = settlements.map((settlement) => judgeOne(db, settlement));
  const due = judged.filter((one) => one.isDue);
  const inserted = due.filter((one) => one.settlement.write === 'insert');
  const ids = new Set(inserted.map((one) => one.settlement.charge.transactionId));
  const traces = new Set(
    inserted.map(({ settlement: { charge } }) => nameOfTrace(charge.tenantId, charge.traceId)),
  );
  if (Math.min(ids.size, traces.size) < inserted.length) throw new Error('duplicate key value');
  const tenants = new Set(settlements.map(({ charge }) => charge.tenantId));
  const balances = new Map([...tenants].map((id) => [id, db.quota(id).balanceNano]));
  const written = new Set<string>();
  const balanceAfter = new Map<Judged, bigint>();
  for (const one of due) {
    const { settlement, row } = one;
    const { charge, outcome } = settlement;
    const amount = outcome.status === 'COMMITTED' ? outcome.amountNano : 0n;
    const after = (balances.get(charge.tenantId) ?? 0n) - amount;
    balances.set(charge.tenantId, after);
    balanceAfter.set(one, after);
    // Where two of a batch are about one row, an UPDATE … FROM takes one of them.
    if (written.has(charge.transactionId)) continue;
    written.add(charge.transactionId);
    writeRow(db, settlement, row, after);
    if (one.isLate) db.late.add(charge.transactionId);
    if (settlement.answerLeft && row === null) db.insertedFromSpool.add(charge.transactionId);
  }
  for (const tenantId of tenants) moveQuota(db, tenantId, due);
  return judged.map((one) => {
    const { settlement, row, isDue, isLate, isRepeat, isHeld } = one;
    const { tenantId } = settlement.charge;
    const quota = db.quota(tenantId);
    const keyQuotas = newestKeyQuotas(db, tenantId, settlements);
    if (!isDue && !isRepeat) return { kind: 'lost', isOpen: isHeld, quota, keyQuotas };
    const balanceAfterNano = balanceAfter.get(one) ?? row?.balanceAfterNano ?? quota.balanceNano;
    return { kind: 'settled', isLate, balanceAfterNano, quota, keyQuotas };
  });
}

function judgeOne(db: Database, settlement: Settlement): Judged {
  const { charge, outcome, write, onlyIfExpired, answerLeft } = settlement;
  const row = db.charges.get(charge.transactionId) ?? null;
  // Attempts that got no row were counted in it; its owner stayed.
  const isMine =
    row !== null && row.charge.attempt >= charge.attempt && row.charge.owner === charge.owner;
  const isHeld = isMine && row.charge.attempt === charge.attempt && row.status === 'PENDING';
  const isFree = row === null && !db.traces.has(nameOfTrace(charge.tenantId, charge.traceId));
  const isExpired = row !== null && db.isAbandoned(row);
  const isSwept = isMine && row.status === 'VOIDED' && row.finish === 'lease_expired';
  const isLate = write === 'update' && answerLeft && outcome.status === 'COMMITTED' && isSwept;
  const isInTime = write === 'insert' ? isFree : isHeld && (!onlyIfExpired || isExpired);
  const isDue = isInTime || isLate;
  const amount = outcome.status === 'COMMITTED' ? outcome.amountNano : 0n;
  const isSame = row?.status === outcome.status && row.amountNano === amount;
  const isRepeat = isMine && isSame && row.finish === finishOf(settlement);
  return { settlement, row, isDue, isLate, isRepeat, isHeld };
}

const finishOf = ({ outcome }: Settlement): string =>
  outcome.status === 'COMMITTED' ? outcome.finish : outcome.reason;

function writeRow(
  db: Database,
  settlement: Settlement,
  row: ChargeRow | null,
  balanceAfter: bigint,
): void {
  const { charge, outcome } = settlement;
  const usage = outcome.status === 'COMMITTED' ? outcome.usage.billed : null;
  const change = {
    status: outcome.status,
    finish: finishOf(settlement),
    amountNano: outcome.status === 'COMMITTED' ? outcome.amountNano : 0n,
    balanceAfterNano: outcome.status === 'COMMITTED' ? balanceAfter : null,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
  };
  if (row !== null) db.updateCharge(row, change);
  else {
    db.insertCharge({
      ...{ charge, holdNano: charge.heldNano, holdTokens: charge.heldTokens, ...change },
      ...{ leaseExpiresAtMs: null, createdAtMs: db.now() },
    });
  }
}

/** The quotas of every key that the batch names, changed or not. */
function newestKeyQuotas(
  db: Database,
  tenantId: TenantId,
  settlements: readonly Settlement[],
): KeyQuotaRow[] {
  const own = settlements.filter(({ charge }) => charge.tenantId === tenantId);
  const keys = new Set(own.map(({ charge }) => charge.keyId));
  return [...keys].flatMap((keyId) => db.keyQuotas.get(keyId) ?? []);
}

/** Moves a tenant's row by the charges that really changed. */
function moveQuota(db: Database, tenantId: TenantId, all: readonly Judged[]): void {
  const due = all.map((one) => one.settlement).filter((one) => one.charge.tenantId === tenantId);
  if (due.length === 0) return;
  const charged = due.filter((one) => one.outcome.status === 'COMMITTED');
  const before = db.quota(tenantId);
  let { balanceNano, dailyDate, monthlyMonth } = before;
  for (const { charge, outcome } of charged) {
    if (outcome.status === 'COMMITTED') balanceNano -= outcome.amountNano;
    if (charge.day > dailyDate) dailyDate = charge.day;
    if (charge.month > monthlyMonth) monthlyMonth = charge.month;
  }
  const today = charged.filter((one) => one.charge.day === dailyDate).length;
  const thisMonth = charged.filter((one) => one.charge.month === monthlyMonth).length;
  db.writeQuota(tenantId, {
    balanceNano,
    dailyDate,
    dailyUsed: today + (dailyDate > before.dailyDate ? 0 : before.dailyUsed),
    monthlyMonth,
    monthlyUsed: thisMonth + (monthlyMonth > before.monthlyMonth ? 0 : before.monthlyUsed),
  });
  for (const keyId of new Set(charged.map((one) => one.charge.keyId))) {
    const own = charged.filter((one) => one.charge.keyId === keyId);
    const rows = db.keyQuotas.get(keyId) ?? [];
    db.keyQuotas.set(
      keyId,
      rows.map((row) => moveKeyQuota(row, own)),
    );
  }
}

function moveKeyQuota(row: KeyQuotaRow, charged: readonly Settlement[]): KeyQuotaRow {
  const uses = charged.map((one) => ({
    period: periodOf(row.type, one.charge.day, one.charge.month),
    used: useOf(row.type, one),
  }));
  let { period } = row;
  for (const use of uses) if (use.period > period) period = use.period;
  const fresh = uses.filter((use) => use.period === period);
  const used = fresh.reduce((sum, use) => sum + use.used, period > row.period ? 0n : row.used);
  return { ...row, used, period, version: row.version + 1 };
}

/** What one charge takes from a key quota. */
function useOf(type: KeyQuotaType, { outcome }: Settlement): bigint {
  if (outcome.status !== 'COMMITTED') return 0n;
  if (type.endsWith('_requests')) return 1n;
  const { inputTokens, outputTokens } = outcome.usage.billed;
  return type.endsWith('_tokens') ? BigInt(inputTokens + outputTokens) : outcome.amountNano;
}
