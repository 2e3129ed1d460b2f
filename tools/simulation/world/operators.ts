import type { CreditKind } from '@/server/domain/charge';
import { type TenantId, type TraceId, trustedTraceId } from '@/server/domain/ids';
import { parsePrice } from '@/server/domain/pricing';
import type { KeyQuotaRow, QuotaRow } from '@/server/domain/quota';
import { type Database, nameOfTrace } from '../postgres-model/database';
import type { TenantPlan } from './tenants';
import type { World } from './world';

interface QuotaChange {
  readonly quota: QuotaRow;
  readonly keyQuotas: readonly KeyQuotaRow[];
}

/** Draws what operators do meanwhile: top-ups, corrections, other limits, other prices. */
export function planOperators(world: World, horizonMs: number): void {
  const { dice, scheduler } = world;
  const work = [credit, credit, credit, patch, patch, reprice, suspend, revoke];
  for (let times = dice.pick([0, 1, 1, 3]); times > 0; times -= 1) {
    const [act, tenant] = [dice.pick(work), dice.pick(world.tenants)];
    scheduler.after(dice.next() * horizonMs, null, () => act(world, tenant));
  }
}

/** Runs a change on some instance, which then tells the quota store of the new row. */
function change(world: World, label: string, work: (db: Database) => QuotaChange | null): void {
  const { alive, dice, scheduler } = world;
  if (alive.length === 0) return;
  const instance = dice.pick(alive);
  scheduler.after(1, instance.process, () => {
    void instance.change(async ({ transact }, quota) => {
      const changed = await transact(label, work);
      if (changed === null) return;
      const { tenantId } = changed.quota;
      await quota.fold({ tenantId, ...changed, operations: [] });
    });
  });
}

/** Credits of one seed carry numbers; which ones does not matter. */
let credits = 0;

function credit(world: World, { id, bounds }: TenantPlan): void {
  const { dice, scheduler } = world;
  credits += 1;
  const traceId = trustedTraceId(`credit-${credits}`);
  const isTaken = dice.chance(0.25);
  const amountNano = BigInt(dice.between(100, 20_000)) * (isTaken ? -1n : 1n);
  const kind = isTaken ? 'adjustment' : 'topup';
  if (isTaken) bounds.takenNano -= amountNano;
  const book = (): void =>
    change(world, `credit ${amountNano} of ${id}`, (db) =>
      bookCredit(db, id, traceId, kind, amountNano),
    );
  book();
  // The same credit again is answered as the first time.
  if (dice.chance(0.3)) scheduler.after(dice.skewed(0, 20_000), null, book);
}

function bookCredit(
  db: Database,
  tenantId: TenantId,
  traceId: TraceId,
  kind: CreditKind,
  amountNano: bigint,
): QuotaChange {
  const name = nameOfTrace(tenantId, traceId);
  if (db.traces.has(name)) return { quota: db.quota(tenantId), keyQuotas: [] };
  db.traces.set(name, 'credit');
  db.credits.set(name, { tenantId, traceId, kind, amountNano });
  const balanceNano = db.quota(tenantId).balanceNano + amountNano;
  return { quota: db.writeQuota(tenantId, { balanceNano }), keyQuotas: [] };
}

function patch(world: World, { id, bounds }: TenantPlan): void {
  const { dice } = world;
  const dailyLimit = dice.chance(0.5) ? dice.between(0, 12) : null;
  const monthlyLimit = dice.chance(0.5) ? dice.between(0, 15) : null;
  const creditLimitNano = BigInt(dice.pick([0, 2_000, 10_000]));
  if (creditLimitNano > bounds.creditNano) bounds.creditNano = creditLimitNano;
  bounds.dailyLimit = wider(bounds.dailyLimit, dailyLimit);
  bounds.monthlyLimit = wider(bounds.monthlyLimit, monthlyLimit);
  const limits = { dailyLimit, monthlyLimit, creditLimitNano };
  change(world, `limits of ${id}`, (db) => ({
    quota: db.writeQuota(id, limits),
    keyQuotas: [],
  }));
}

const wider = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b);

function reprice(world: World): void {
  const { dice } = world;
  const name = dice.pick(['sharp', 'blurred', 'trusting']);
  const output = parsePrice(dice.pick(['1', '12.25', '30'])) ?? 0n;
  change(world, `price of ${name}`, (db) => {
    const model = db.models.get(name);
    if (model !== undefined) db.models.set(name, { ...model, price: { ...model.price, output } });
    return null;
  });
}

function suspend(world: World, { id }: TenantPlan): void {
  const { dice, scheduler } = world;
  change(world, `suspend ${id}`, (db) => {
    db.suspended.add(id);
    return null;
  });
  scheduler.after(dice.skewed(500, 20_000), null, () =>
    change(world, `resume ${id}`, (db) => {
      db.suspended.delete(id);
      return null;
    }),
  );
}

function revoke(world: World, { keys }: TenantPlan): void {
  const keyId = world.dice.pick(keys);
  change(world, `revoke ${keyId}`, (db) => {
    const key = db.keys.get(keyId);
    if (key !== undefined) db.keys.set(keyId, { ...key, status: 'revoked' });
    return null;
  });
}
