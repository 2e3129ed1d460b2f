import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newApiKeyId, newTenantId } from '@/server/domain/ids';
import { createDoubtfulRows } from '@/server/gateway/doubtful-rows';
import { LEASE_MS } from '@/server/gateway/limits';
import { chargeOf } from '../helpers/charges';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

const charge = chargeOf({ tenantId: newTenantId(), keyId: newApiKeyId() });

test('a row that may still appear is watched for a lease from the ledger’s first answer on', () => {
  const rows = createDoubtfulRows();
  rows.add(charge);
  vi.advanceTimersByTime(10 * LEASE_MS);
  rows.absent(charge);
  vi.advanceTimersByTime(LEASE_MS - 1);
  rows.absent(charge);
  expect(rows.all()).toEqual([charge]);
  vi.advanceTimersByTime(1);
  rows.absent(charge);
  expect(rows.all()).toEqual([]);
});

test('two requests for one attempt of a trace are watched apart', () => {
  const rows = createDoubtfulRows();
  rows.add(charge);
  const other = { ...charge, owner: 'another' };
  rows.add(other);
  rows.remove(charge);
  expect(rows.all()).toEqual([other]);
});

test('no more than ten thousand are watched: the sweeper ends what is beyond, by its lease', () => {
  const rows = createDoubtfulRows();
  for (let count = 0; count <= 10_000; count += 1) rows.add({ ...charge, owner: `owner ${count}` });
  expect(rows.all()).toHaveLength(10_000);
});
