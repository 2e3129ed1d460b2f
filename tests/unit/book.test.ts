import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Settlement } from '@/server/domain/charge';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import type { SettlementSpool } from '@/server/domain/ports';
import { isLedgerUnavailable, LedgerUnavailable } from '@/server/domain/unavailable';
import { book } from '@/server/gateway/book';
import { LEASE_MS } from '@/server/gateway/limits';
import { createOpenCharges } from '@/server/gateway/open-charges';
import type { EndingPorts } from '@/server/gateway/types';
import { createGatewayTelemetry } from '@/server/telemetry/create-gateway-telemetry';
import { createLogger } from '@/server/telemetry/logger';
import { createMetrics } from '@/server/telemetry/metrics';
import { chargeOf, paid } from '../helpers/charges';

const account = { tenantId: newTenantId(), keyId: newApiKeyId() };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Books while the ledger is away; the process stands still for so long while it writes the spool. */
async function bookAcrossStandstill(settlement: Settlement, standstillMs: number) {
  const onSpool = new Set<Settlement>();
  const spool: SettlementSpool = {
    async put(one) {
      onSpool.add(one);
      vi.advanceTimersByTime(standstillMs);
      return { takeBack: async () => void onSpool.delete(one) };
    },
    replay: () => Promise.reject(new Error('not here')),
    waiting: async () => onSpool.size,
  };
  const away = () => Promise.reject(new LedgerUnavailable(new Error('away')));
  const openCharges = createOpenCharges();
  openCharges.add(settlement.charge, performance.now());
  const ports: EndingPorts = {
    ...{ openCharges, spool },
    ledger: {
      ...{ settle: away, findTrace: away, openRow: away, checkpoint: away, renew: away },
      ...{ rowStates: away, burnAttempt: away, snapshots: away },
      ...{ upForMs: away, snapshot: away, expired: away, withoutPendingRow: away },
    },
    quota: {
      ...{ check: away, admit: away, raise: away, deduct: away, fold: away, renew: away },
    },
    quarantine: { put: away, list: away, find: away, resolve: away, waiting: away },
    telemetry: createGatewayTelemetry(createMetrics(), createLogger('silent')),
  };
  const booked = book(ports, settlement).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(5_000);
  return { booked: await booked, waiting: onSpool.size };
}

const plainCharge = () => chargeOf(account, { isStream: false });

test('a settlement that a spool took in time waits there, and its answer leaves', async () => {
  const { booked, waiting } = await bookAcrossStandstill(paid(plainCharge(), 70n), 10);
  expect(booked).toEqual({ kind: 'spooled' });
  expect(waiting).toBe(1);
});

test('a spool that took it only when others may have ended the charge gives it back: the answer stays here, and costs nothing', async () => {
  const { booked, waiting } = await bookAcrossStandstill(paid(plainCharge(), 70n), LEASE_MS);
  expect(isLedgerUnavailable(booked)).toBe(true);
  expect(waiting).toBe(0);
});

test('what a stream had delivered by then stays on the spool, and is charged', async () => {
  const settlement = paid(chargeOf(account, { isStream: true }), 70n);
  const { booked, waiting } = await bookAcrossStandstill(settlement, LEASE_MS);
  expect(isLedgerUnavailable(booked)).toBe(true);
  expect(waiting).toBe(1);
});
