import { describe, expect, it } from 'vitest';
import { inputOf as activityInput } from '@/app/(portal)/activity/filter-values';
import { inputOf as ledgerInput, NO_FILTERS } from '@/app/(portal)/transactions/filter-values';
import { daysOf, rangeOfDays, spanOf } from '@/components/data/time-range';
import { readFilters } from '@/components/ui/url-filters';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('a span of time in an address', () => {
  it('is the last hours or days up to now', () => {
    expect(spanOf('24h', NOW)).toEqual({ from: new Date('2026-11-22T12:00:00Z'), to: null });
    expect(spanOf('30d', NOW)).toEqual({ from: new Date('2026-10-24T12:00:00Z'), to: null });
  });

  it('is UTC days, the last one whole', () => {
    expect(spanOf(rangeOfDays('2026-11-01', '2026-11-30'), NOW)).toEqual({
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date('2026-12-01T00:00:00Z'),
    });
    expect(daysOf('2026-02-28..2026-02-28')).toEqual({ first: '2026-02-28', last: '2026-02-28' });
  });

  it.each(['', 'x', '7', 'toString', '2026-02-30..2026-03-01', '2026-11-02..2026-11-01', 'a..b'])(
    'that is none, %j, means all of time',
    (range) => expect(spanOf(range, NOW)).toEqual({ from: null, to: null }),
  );
});

describe('filters in an address', () => {
  it('read as nothing where they are absent', () => {
    const params = new URLSearchParams('model=gpt&other=1');
    expect(readFilters(['model', 'key'], (name) => params.get(name))).toEqual({
      model: 'gpt',
      key: '',
    });
  });

  const id = '01a21c07-379f-7bc7-90f7-83810b9238bf';

  it('of the ledger each choose rows: time, status, kind, key, model, amounts, trace id', () => {
    expect(ledgerInput(NO_FILTERS, NOW)).toEqual({});
    const filters = {
      ...{ range: '24h', status: 'VOIDED', kind: 'refund', key: id, model: 'sim-fast' },
      ...{ min: '0.5', max: '1', trace: ' order-7 ' },
    };
    expect(ledgerInput(filters, NOW)).toEqual({
      from: '2026-11-22T12:00:00.000Z',
      ...{ status: 'VOIDED', kind: 'refund', keyId: id, model: 'sim-fast' },
      ...{ amountMin: '500000000', amountMax: '1000000000', traceId: 'order-7' },
    });
    const { to } = ledgerInput({ ...NO_FILTERS, range: '2026-11-01..2026-11-02' }, NOW);
    expect(to).toBe('2026-11-03T00:00:00.000Z');
  });

  it('of the activity each choose entries: time, who, what', () => {
    expect(activityInput({ range: '24h', actor: id, action: 'key.revoke' }, NOW)).toEqual({
      from: '2026-11-22T12:00:00.000Z',
      ...{ actor: id, action: 'key.revoke' },
    });
    const byOperator = activityInput({ range: '', actor: 'operator', action: '' }, NOW);
    expect(byOperator).toEqual({ actor: 'operator' });
  });

  it('that hold what they cannot have choose nothing, since anybody may edit an address', () => {
    const wrong = { range: 'x', status: 'paid', kind: 'gift', key: 'k', min: 'much', max: '-' };
    expect(ledgerInput({ ...NO_FILTERS, ...wrong, trace: '  ' }, NOW)).toEqual({});
    expect(activityInput({ range: 'x', actor: 'me', action: 'A-B' }, NOW)).toEqual({});
  });
});
