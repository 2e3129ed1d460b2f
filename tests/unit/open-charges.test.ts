import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import type { Grip, Ledger } from '@/server/domain/ports';
import { LEASE_MS } from '@/server/gateway/limits';
import { createOpenCharges } from '@/server/gateway/open-charges';
import { chargeOf } from '../helpers/charges';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

const account = { tenantId: newTenantId(), keyId: newApiKeyId() };

async function renewed(grip: Grip) {
  const charges = createOpenCharges();
  const charge = chargeOf(account);
  charges.add(charge, performance.now());
  vi.advanceTimersByTime(LEASE_MS - 1);
  const ledger: Pick<Ledger, 'renew'> = { renew: async (own) => own.map(() => grip) };
  await charges.renew({ renew: async () => undefined }, ledger, LEASE_MS);
  vi.advanceTimersByTime(2);
  return charges.isSurelyOwn(charge);
}

test('a charge is surely own until its lease may have run out', () => {
  const charges = createOpenCharges();
  const charge = chargeOf(account);
  const askedAtMs = performance.now();
  vi.advanceTimersByTime(400);
  charges.add(charge, askedAtMs);
  vi.advanceTimersByTime(LEASE_MS - 401);
  expect(charges.isSurelyOwn(charge)).toBe(true);
  vi.advanceTimersByTime(1);
  expect(charges.isSurelyOwn(charge)).toBe(false);
});

test('a renewed lease keeps it own; one that the ledger says is lost does not', async () => {
  expect(await renewed('held')).toBe(true);
  expect(await renewed('lost')).toBe(false);
});

test('what no row stands for cannot be swept, and stays own', () => {
  const charges = createOpenCharges();
  const charge = chargeOf(account);
  charges.add(charge, null);
  vi.advanceTimersByTime(10 * LEASE_MS);
  expect(charges.isSurelyOwn(charge)).toBe(true);
  expect(charges.holdsWithoutRow(account.tenantId)).toHaveLength(1);
  charges.remove(charge);
  expect(charges.isSurelyOwn(charge)).toBe(false);
});
