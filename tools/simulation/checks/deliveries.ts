import { SLAB_TOKENS } from '@/server/gateway/limits';
import type { ChargeRow } from '../postgres-model/database';
import type { ClientExchange } from '../world/exchange';
import { mayLoseSpool } from '../world/faults';
import type { Stage } from '../world/stage';

/** The largest event that an upstream of the simulation sends beside a slab. */
const EVENT_TOKENS_MAX = 400;

interface Rows {
  rowOf(exchange: ClientExchange): ChargeRow | null;
}

/** D, at rest: what was delivered against what was charged, request by request. */
export function* wrongDeliveries(stage: Stage, rows: Rows): Generator<string> {
  const byOwner = new Map(stage.exchanges.map((exchange) => [exchange.admitted?.owner, exchange]));
  for (const row of stage.postgres.db.charges.values()) {
    if (row.status !== 'COMMITTED') continue;
    const exchange = byOwner.get(row.charge.owner);
    if (exchange === undefined) yield `${row.charge.operationId} was charged to nobody's request`;
    else yield* overcharged(stage, exchange, row);
    if (row.amountNano > row.holdNano && !stage.faults.has('upstream-lies')) {
      yield `${row.charge.operationId} cost ${row.amountNano}, ${row.holdNano} was held for it`;
    }
  }
  for (const exchange of stage.exchanges) {
    const row = rows.rowOf(exchange);
    if (exchange.isReplay) yield* wrongReplay(exchange, row, byOwner);
    else yield* givenAway(stage, exchange, row);
  }
}

/** What was not delivered is not charged. */
function* overcharged(stage: Stage, exchange: ClientExchange, row: ChargeRow): Generator<string> {
  const { deliveredTokens, isComplete, isGone, isDisturbed } = exchange;
  if (exchange.ask.isStream) {
    if (row.outputTokens > deliveredTokens + exchange.hiddenTokens) {
      yield `${exchange.name} got ${deliveredTokens} tokens and was charged ${row.outputTokens}`;
    }
    return;
  }
  // Neither ledger nor spool took it, and so the client was told; the ledger's COMMIT came later.
  const isUnknown = exchange.code === 'billing_unavailable' && stage.faults.has('disk-full');
  if (!isComplete && !isGone && !isDisturbed && !isUnknown) {
    yield `${exchange.name} got ${exchange.status} ${exchange.code} and was charged`;
  }
}

/** What was delivered is charged; only a death or a standstill may cost the house a slab. */
function* givenAway(
  stage: Stage,
  exchange: ClientExchange,
  row: ChargeRow | null,
): Generator<string> {
  if (exchange.deliveredTokens === 0) return;
  const isOwn = row?.status === 'COMMITTED' && row.charge.owner === exchange.admitted?.owner;
  const charged = isOwn ? row.outputTokens : 0;
  const lost = exchange.deliveredTokens - charged;
  if (lost <= 0 || mayLoseSpool(stage.faults)) return;
  const isReported = stage.givenAway.has(exchange.admitted?.owner ?? '');
  // The sweeper ended it, and another attempt was opened, before its spool was in reach again.
  if (isReported && !isOwn) return;
  // A machine that is going away is cut off from Postgres first.
  const isCutOff = (kind: string): boolean => kind.startsWith('postgres-') || kind === 'host-away';
  const mayLose = exchange.isDisturbed || [...stage.faults].some(isCutOff);
  const slab = SLAB_TOKENS * (exchange.ask.body.includes('"n":2') ? 2 : 1) + EVENT_TOKENS_MAX;
  if ((!mayLose && !isReported) || lost > slab || (exchange.isComplete && !isReported)) {
    yield `${exchange.name} got ${exchange.deliveredTokens} tokens and was charged ${charged}`;
  }
}

/** A replay is the very answer that was charged. */
function* wrongReplay(
  exchange: ClientExchange,
  row: ChargeRow | null,
  byOwner: ReadonlyMap<string | undefined, ClientExchange>,
): Generator<string> {
  const first = row?.status === 'COMMITTED' ? byOwner.get(row.charge.owner) : undefined;
  if (first === undefined) {
    yield `${exchange.name} was replayed an answer that nobody was charged for`;
    return;
  }
  if (first.bought === null || !exchange.text.includes(first.bought)) {
    yield `${exchange.name} was replayed another answer than ${first.name} was charged for`;
  }
  if (first.isComplete && first.text !== exchange.text) {
    yield `${exchange.name} was replayed other bytes than ${first.name} got`;
  }
}
