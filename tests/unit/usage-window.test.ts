import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choicesOf, questionOf } from '@/components/usage/question';
import { trustedDay } from '@/server/domain/period';
import {
  endsOf,
  parseRange,
  partsOf,
  slotsOf,
  type UsageRange,
  windowBefore,
  windowOf,
} from '@/server/domain/usage-window';
import { fillGaps, NO_USE } from '@/server/services/portal/usage-series';

const MIDNIGHT = Date.UTC(2026, 10, 23);
const days = (from: string, to: string) => ({ from: trustedDay(from), to: trustedDay(to) });

describe('a range of usage', () => {
  it('is one of four names, or two days of the calendar in their order', () => {
    expect(parseRange('30d')).toBe('30d');
    expect(parseRange('2026-02-01..2026-02-28')).toEqual(days('2026-02-01', '2026-02-28'));
    expect(parseRange('2024-02-29..2024-02-29')).not.toBeNull();
    for (const text of [
      ...['', '30', '30D', '2026-02-01', '2026-02-29..2026-03-01', '2026-03-02..2026-03-01'],
      ...['2026-2-1..2026-2-2', '2024-01-01..2026-01-01', '2026-02-01..2026-02-02..2026-02-03'],
    ]) {
      expect(parseRange(text), text).toBeNull();
    }
  });

  it('ends with the UTC day of now: at its first moment, and at its last', () => {
    for (const nowMs of [MIDNIGHT, MIDNIGHT + 86_399_999]) {
      expect(endsOf(windowOf('7d', 'day', nowMs))).toEqual({
        first: '2026-11-17',
        last: '2026-11-23',
      });
    }
    expect(endsOf(windowOf('7d', 'day', MIDNIGHT - 1)).last).toBe('2026-11-22');
  });

  it('of 24 hours ends with the hour of now, whatever it is shown by', () => {
    for (const unit of ['day', 'hour'] as const) {
      const slots = slotsOf(windowOf('24h', unit, MIDNIGHT + 1));
      expect([slots.length, slots[0], slots.at(-1)]).toEqual([
        24,
        '2026-11-22T01',
        '2026-11-23T00',
      ]);
    }
  });

  it('goes over a leap day and the end of a year without losing or doubling a day', () => {
    expect(slotsOf(windowOf(days('2024-02-28', '2024-03-01'), 'day', 0))).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ]);
    expect(slotsOf(windowOf(days('2025-12-31', '2026-01-01'), 'hour', 0))).toHaveLength(48);
  });

  it('longer than a week is shown by days, also where hours were asked for', () => {
    expect(windowOf('30d', 'hour', MIDNIGHT)).toEqual(windowOf('30d', 'day', MIDNIGHT));
    expect(choicesOf('30d')).not.toContain('hour');
    expect(choicesOf('7d')).toContain('hour');
    expect(questionOf('30d', 'hour')).toEqual({ range: '30d', by: 'day' });
    expect(questionOf('24h', 'day')).toEqual({ range: '24h', by: 'hour' });
    expect(questionOf('nonsense', 'nonsense')).toEqual({ range: '30d', by: 'day' });
  });
});

const ranges = fc.oneof(
  fc.constantFrom<UsageRange>('24h', '7d', '30d', '90d'),
  fc
    .tuple(fc.integer({ min: 10_000, max: 25_000 }), fc.nat(365))
    .map(([from, more]) => ({ from: dayAt(from), to: dayAt(from + more) })),
);
const dayAt = (day: number) => trustedDay(new Date(day * 86_400_000).toISOString().slice(0, 10));
const windows = fc
  .tuple(ranges, fc.constantFrom('day' as const, 'hour' as const), fc.nat(2_000_000_000_000))
  .map(([range, unit, nowMs]) => windowOf(range, unit, nowMs + 10 ** 10));

describe('the period before', () => {
  it('is as long, ends right before, and has no slot in common', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const [slots, before] = [slotsOf(window), slotsOf(windowBefore(window))];
        expect(before).toHaveLength(slots.length);
        const all = [...before, ...slots];
        expect(all).toEqual([...new Set(all)].toSorted());
        const twice = { ...windowBefore(window), length: 2 * window.length };
        expect(slotsOf(twice)).toEqual(all);
      }),
      { numRuns: 200 },
    );
  });
});

it('parts of a window come to the window, and none is too long', () => {
  fc.assert(
    fc.property(windows, fc.integer({ min: 1, max: 50 }), (window, size) => {
      const parts = partsOf(window, size);
      expect(parts.flatMap(slotsOf)).toEqual(slotsOf(window));
      expect(parts.every(({ length }) => length > 0 && length <= size)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it('a slot without use is all zeros in its place, and no use is lost', () => {
  fc.assert(
    fc.property(windows, fc.infiniteStream(fc.nat(3)), (window, counts) => {
      const slots = slotsOf(window);
      const used = slots
        .map((slot) => ({ ...NO_USE, slot, requests: counts.next().value ?? 0 }))
        .filter(({ requests }) => requests > 0);
      const filled = fillGaps(slots, used.toReversed());
      expect(filled).toHaveLength(slots.length);
      const bySlot = new Map(used.map(({ slot, requests }) => [slot, requests]));
      expect(filled.map(({ requests }) => requests)).toEqual(
        slots.map((slot) => bySlot.get(slot) ?? 0),
      );
    }),
    { numRuns: 100 },
  );
});
