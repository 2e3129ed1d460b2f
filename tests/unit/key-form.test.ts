import { describe, expect, it } from 'vitest';
import { ALL_CURRENT, chooseKeys } from '@/app/(portal)/keys/choose-keys';
import { type KeyValues, NEW_KEY, readValues, valuesOf } from '@/app/(portal)/keys/form-values';
import type { KeyView } from '@/server/services/portal/list-keys';

const NOW_MS = Date.UTC(2026, 10, 27, 12);
const read = (values: Partial<KeyValues>) =>
  readValues({ ...NEW_KEY, name: 'k', ...values }, NOW_MS);
const inputOf = (values: Partial<KeyValues>) => {
  const found = read(values);
  return 'input' in found ? found.input : null;
};
const faultsOf = (values: Partial<KeyValues>) => {
  const found = read(values);
  return 'faults' in found ? found.faults : null;
};

const KEY: KeyView = {
  id: '1',
  name: 'Production',
  prefix: 'tg-abcdefg',
  status: 'active',
  creatorName: null,
  mayChange: true,
  previous: null,
  allowedModels: ['sim-fast'],
  allowedIps: ['10.0.0.0/8', '::1'],
  rpm: 60,
  tpm: null,
  concurrency: 4,
  quotas: [
    { type: 'monthly_amount', limit: '25500000000', used: '0', resetsInMs: 1 },
    { type: 'total_tokens', limit: '1000', used: '0', resetsInMs: null },
  ],
  createdAt: '2026-11-01T00:00:00.000Z',
  expiresAt: '2026-12-01T10:00:00.000Z',
  lastUsedAt: null,
  usedToday: false,
};

describe('the form of a key', () => {
  it('left as it is, asks for a key without limits', () => {
    expect(inputOf({})).toEqual({
      name: 'k',
      expiresAt: null,
      allowedModels: null,
      allowedIps: null,
      rpm: null,
      tpm: null,
      concurrency: null,
      quotas: [],
    });
  });

  it('of a key that is there asks for what it has, its end as it is', () => {
    expect(readValues(valuesOf(KEY), NOW_MS)).toEqual({
      input: {
        name: 'Production',
        allowedModels: ['sim-fast'],
        allowedIps: ['10.0.0.0/8', '::1'],
        rpm: 60,
        tpm: null,
        concurrency: 4,
        quotas: [
          { quotaType: 'monthly_amount', limit: '25500000000' },
          { quotaType: 'total_tokens', limit: '1000' },
        ],
      },
    });
  });

  it.each([
    ['25', '25000000000'],
    ['0.000000001', '1'],
    ['9000000', '9000000000000000'],
  ])('reads $%s to the nano', (limit, nano) => {
    const quotas = [{ row: 0, unit: 'amount' as const, period: 'total' as const, limit }];
    expect(inputOf({ quotas })?.quotas).toEqual([{ quotaType: 'total_amount', limit: nano }]);
  });

  it.each(['', '0', '0.0', '-1', '1e3', '1.0000000001', 'x', '.5', '9000000.01'])(
    'takes "%s" for no amount',
    (limit) => {
      const quotas = [{ row: 7, unit: 'amount' as const, period: 'daily' as const, limit }];
      expect(faultsOf({ quotas })?.quotas).toEqual(new Map([[7, 'amount']]));
    },
  );

  it('says of two quotas of a kind that the second is one too many', () => {
    const quota = { unit: 'requests', period: 'daily', limit: '5' } as const;
    const quotas = [
      { ...quota, row: 0 },
      { ...quota, row: 1 },
    ];
    expect(faultsOf({ quotas })?.quotas).toEqual(new Map([[1, 'twice']]));
  });

  it('a key ends with the last moment of its last day, by UTC', () => {
    const ends = (expiryDay: string) => inputOf({ expiry: 'date', expiryDay })?.expiresAt;
    expect(ends('2026-11-27')).toBe('2026-11-28T00:00:00.000Z');
    expect(inputOf({ expiry: '30' })?.expiresAt).toBe('2026-12-27T12:00:00.000Z');
    expect(faultsOf({ expiry: 'date', expiryDay: '2026-11-26' })).toMatchObject({
      expiryDay: true,
    });
    expect(faultsOf({ expiry: 'date', expiryDay: '' })).toMatchObject({ expiryDay: true });
  });

  it('takes addresses and blocks of both kinds, and names what is neither', () => {
    const addresses = '203.0.113.7\n10.0.0.0/8, 2001:db8::/32  ::1';
    expect(inputOf({ addresses })?.allowedIps).toHaveLength(4);
    for (const strange of [
      'example.com',
      '10.0.0.0/33',
      '256.0.0.1',
      '::1/129',
      '1.2.3',
      'fe80::x',
    ]) {
      expect(faultsOf({ addresses: `10.0.0.1\n${strange}` })?.addresses).toBe(strange);
    }
  });

  it.each(['0', '-1', '1.5', '2147483648', 'many'])('takes "%s" for no rate', (rpm) => {
    expect(faultsOf({ rpm })).toMatchObject({ rpm: true });
  });

  it('wants a name', () => {
    expect(faultsOf({ name: '  ' })).toMatchObject({ name: true });
  });
});

describe('the keys that are shown', () => {
  const named = (name: string, fields: Partial<KeyView> = {}): KeyView => ({
    ...KEY,
    name,
    ...fields,
  });
  const keys = [
    named('b', { lastUsedAt: '2026-11-02T00:00:00Z', createdAt: '2026-11-03T00:00:00Z' }),
    named('A', { status: 'revoked' }),
    named('c', { previous: { prefix: 'tg-previous', until: '2026-12-01T00:00:00Z' } }),
  ];
  const names = (choice: Partial<typeof ALL_CURRENT>) =>
    chooseKeys(keys, { ...ALL_CURRENT, ...choice }).map(({ name }) => name);

  it('are those not revoked, the newest first, unless another choice is made', () => {
    expect(names({})).toEqual(['b', 'c']);
    expect(names({ status: 'revoked' })).toEqual(['A']);
    expect(names({ status: 'all', sort: { by: 'name', isDescending: false } })).toEqual([
      'A',
      'b',
      'c',
    ]);
    expect(names({ sort: { by: 'lastUsedAt', isDescending: false } })).toEqual(['c', 'b']);
  });

  it('are found by a piece of the name, or how they begin or began', () => {
    expect(names({ text: 'B' })).toEqual(['b', 'c']);
    expect(names({ text: 'tg-PREV' })).toEqual(['c']);
    expect(names({ text: 'zzz' })).toEqual([]);
  });
});
