import { describe, expect, it } from 'vitest';
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
});
