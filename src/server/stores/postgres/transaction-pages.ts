import { and, desc, eq, gte, lt, ne, type SQL, sql } from 'drizzle-orm';
import { type TenantId, trustedTransactionId } from '../../domain/ids';
import type {
  TransactionConditions,
  TransactionQuery,
  TransactionSlice,
} from '../../domain/ports/portal';
import type { Database } from './client';
import { firstIdAt, ofTenant } from './page-bounds';
import { apiKey, billingTransaction as t } from './schema';

/** How much of a ledger one answer reads where no index knows all conditions: some 50 ms. */
const WINDOW_ROWS = 25_000;
/** Rows of one key, say, lie further apart: as many pages of the table hold fewer of them. */
const SPARSE_WINDOW_ROWS = 5_000;
/** More rows than are written between the two readings of one answer. */
const WINDOW_SLACK = 1_000;

/**
 * One page of a tenant's ledger. The first condition that has an index leads to the rows; the others are
 * tested on a window of these, so that a rare one costs no more than the window does. Where the window
 * has too few, the slice says how far it went.
 */
export async function readTransactions(
  db: Database,
  tenantId: TenantId,
  query: TransactionQuery,
): Promise<TransactionSlice> {
  const conditions = conditionsOf(tenantId, query);
  const leader = conditions.find(({ led }) => led !== undefined);
  const led = and(leader?.led ?? ofTenant(t.tenantId, tenantId, false), ...idBounds(query));
  const tests = conditions.filter((one) => one !== leader).map(({ test }) => test);
  const windowRows = leader === undefined ? WINDOW_ROWS : SPARSE_WINDOW_ROWS;
  const size = tests.length === 0 ? query.limit : windowRows;
  const floor = await lastOfWindow(db, led, size);
  const inWindow = floor === null ? led : and(led, gte(t.id, floor));
  const window = windowOf(db, inWindow, size + WINDOW_SLACK);
  const rows = await readRows(db, window, tests, query.limit);
  const isWhole = floor === null || rows.length === query.limit;
  return { rows, searchedTo: isWhole ? null : trustedTransactionId(floor) };
}

/** A condition of a page: the rows that an index leads to by it, where one does, and its test of a row. */
interface Condition {
  readonly led?: SQL | undefined;
  readonly test: (row: Window) => SQL;
}

/** What was asked for, what leads to the fewest rows first. */
function conditionsOf(tenantId: TenantId, query: TransactionConditions): readonly Condition[] {
  const { status, kind, keyId, model, amountMin, amountMax, trace } = query;
  const isMine = eq(t.tenantId, tenantId);
  const found: Condition[] = [];
  if (trace?.match === 'exact') {
    const { text } = trace;
    found.push({ led: and(isMine, eq(t.traceId, text)), test: (row) => eq(row.traceId, text) });
  }
  if (status !== null) {
    const led = status === 'COMMITTED' ? undefined : and(isMine, eq(t.status, status));
    found.push({ led, test: (row) => eq(row.status, status) });
  }
  if (kind !== null) {
    const led = kind === 'charge' ? undefined : and(isMine, ne(t.kind, 'charge'), eq(t.kind, kind));
    found.push({ led, test: (row) => eq(row.kind, kind) });
  }
  if (keyId !== null) {
    // Its index does not know the tenant: another's key leads nowhere.
    const mine = sql`(select id from api_key where id = ${keyId} and tenant_id = ${tenantId})`;
    found.push({ led: eq(t.apiKeyId, mine), test: (row) => eq(row.apiKeyId, keyId) });
  }
  if (model !== null) {
    found.push({ led: and(isMine, eq(t.model, model)), test: (row) => eq(row.model, model) });
  }
  if (amountMin !== null)
    found.push({ test: (row) => sql`abs(${row.amountNano}) >= ${String(amountMin)}::bigint` });
  if (amountMax !== null)
    found.push({ test: (row) => sql`abs(${row.amountNano}) <= ${String(amountMax)}::bigint` });
  if (trace?.match === 'longer') {
    const { text } = trace;
    found.push({
      test: ({ traceId }) =>
        sql`left(${traceId}, ${text.length}) = ${text} and ${traceId} <> ${text}`,
    });
  }
  return found;
}

/** Ids sort by time, so that a cursor and a range of time are bounds of the same index. */
const idBounds = ({ before, from, to }: TransactionQuery): readonly (SQL | undefined)[] => [
  before === null ? undefined : lt(t.id, before),
  from === null ? undefined : gte(t.id, firstIdAt(from.getTime())),
  to === null ? undefined : lt(t.id, firstIdAt(to.getTime())),
];

const COLUMNS = {
  id: t.id,
  apiKeyId: t.apiKeyId,
  traceId: t.traceId,
  kind: t.kind,
  status: t.status,
  isStream: t.isStream,
  model: t.model,
  inputTokens: t.inputTokens,
  outputTokens: t.outputTokens,
  cachedTokens: t.cachedTokens,
  reasoningTokens: t.reasoningTokens,
  usageSource: t.usageSource,
  amountNano: t.amount,
  holdNano: t.hold,
  balanceAfterNano: t.balanceAfter,
  firstByteMs: t.firstByteMs,
  durationMs: t.durationMs,
  note: t.note,
  committedAt: t.committedAt,
};

/** Its LIMIT keeps the planner from testing anything before an index has led to it, newest first. */
const windowOf = (db: Database, led: SQL | undefined, rows: number) =>
  db.select(COLUMNS).from(t).where(led).orderBy(desc(t.id)).limit(rows).as('w');
type Window = ReturnType<typeof windowOf>;

/** The oldest row of the window; null where it goes to the end. Reads an index alone. */
async function lastOfWindow(
  db: Database,
  led: SQL | undefined,
  size: number,
): Promise<string | null> {
  const [row] = await db
    .select({ id: t.id })
    .from(t)
    .where(led)
    .orderBy(desc(t.id))
    .offset(size - 1)
    .limit(1);
  return row?.id ?? null;
}

async function readRows(
  db: Database,
  w: Window,
  tests: readonly Condition['test'][],
  limit: number,
) {
  const names = db.select({ id: apiKey.id, name: apiKey.name }).from(apiKey).as('names');
  const rows = await db
    .select()
    .from(w)
    .leftJoin(names, eq(names.id, w.apiKeyId))
    .where(and(...tests.map((test) => test(w))))
    .orderBy(desc(w.id))
    .limit(limit);
  return rows.map(({ w: row, names: key }) => ({
    ...row,
    id: trustedTransactionId(row.id),
    keyName: key?.name ?? null,
  }));
}
