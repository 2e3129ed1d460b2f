import type { Settlement } from '@/server/domain/charge';
import { dayOf, monthOf } from '@/server/domain/period';
import type { SettleReply } from '@/server/domain/ports';
import { type Database, isLockTimeout } from '../postgres-model/database';
import { settleBatch } from '../postgres-model/settle';
import type { Situation } from './situations';

type Reach = (situation: Situation) => void;

/** `settleBatch`, with a look at which situations its settlements are in. */
export function observedSettle(
  db: Database,
  items: readonly Settlement[],
  reach: Reach,
): SettleReply[] {
  if (items.length > 1) reach('settle: several in one transaction');
  const booked = new Set(
    items.filter((item) => db.charges.get(item.charge.transactionId)?.status === 'COMMITTED'),
  );
  try {
    const replies = settleBatch(db, items);
    for (const [at, item] of items.entries()) look(db, item, replies[at], booked.has(item), reach);
    return replies;
  } catch (error) {
    if (isLockTimeout(error)) reach('settle: a row or quota is locked');
    else if (items.length > 1) reach('settle: a batch is bisected');
    throw error;
  }
}

function look(
  db: Database,
  { charge, outcome, onlyIfExpired }: Settlement,
  reply: SettleReply | undefined,
  wasBooked: boolean,
  reach: Reach,
): void {
  if (reply?.kind !== 'settled') {
    reach('settle: lost, since another ended the charge');
    return;
  }
  if (wasBooked) {
    reach('settle: found booked, since only the answer was lost');
    return;
  }
  const isCharged = outcome.status === 'COMMITTED';
  if (onlyIfExpired) reach(isCharged ? 'sweeper: commits' : 'sweeper: voids');
  if (!isCharged) return;
  if (dayOf(db.now()) > charge.day) reach('settle: the day is over meanwhile');
  if (monthOf(db.now()) > charge.month) reach('settle: the month is over meanwhile');
  const price = db.models.get(charge.model)?.price;
  if (price?.output !== charge.price.output) reach('settle: the price is another meanwhile');
}
