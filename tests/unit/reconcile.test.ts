import { expect, test } from 'vitest';
import { newTenantId, type TenantId } from '@/server/domain/ids';
import type { Ledger } from '@/server/domain/ports';
import { LedgerUnavailable } from '@/server/domain/unavailable';
import { type ReconcilePorts, reconcile } from '@/server/gateway/reconcile';
import { type TimeBudget, UNBOUNDED } from '@/server/gateway/time-budget';

const PAGE = 50;
const tenants = Array.from({ length: 5 * PAGE }, newTenantId);

async function* none() {}

/** A round over five pages of tenants; what it looked at, in its order, and what it said. */
async function roundOver(budget: TimeBudget) {
  const seen: TenantId[] = [];
  const away = () => Promise.reject(new LedgerUnavailable(new Error('away')));
  const ledger: Ledger = {
    ...{ settle: away, findTrace: away, openRow: away, checkpoint: away, renew: away },
    ...{ rowStates: away, burnAttempt: away, upForMs: away, expired: away },
    ...{ withoutPendingRow: away, snapshot: away },
    snapshots: async (page) => {
      seen.push(...page);
      return [];
    },
  };
  const ports: ReconcilePorts = {
    ledger,
    quota: {
      ...{ check: away, admit: away, raise: away, deduct: away, fold: away, renew: away },
    },
    keeper: {
      ...{ abandoned: away, readBase: away, warm: away, expired: none },
      tenants: async function* () {
        // A scan may name one twice.
        yield* [...tenants, ...tenants.slice(0, 1)];
      },
    },
    onDrift: () => undefined,
  };
  return { report: await reconcile(ports, budget), seen };
}

test('a round looks at each tenant once', async () => {
  const { report, seen } = await roundOver(UNBOUNDED);
  expect(seen).toEqual(tenants);
  expect(report.left).toBe(0);
});

test('a round whose time is up begins nothing more and says what is left; the next one begins elsewhere', async () => {
  let asked = 0;
  const { report, seen } = await roundOver({
    isUp: () => {
      asked += 1;
      return asked > 2;
    },
    beginAt: () => 4 * PAGE,
  });
  expect(seen).toEqual([...tenants.slice(4 * PAGE), ...tenants.slice(0, PAGE)]);
  expect(report.left).toBe(3 * PAGE);
});
