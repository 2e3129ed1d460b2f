import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  dayOf,
  endOfDay,
  endOfMonth,
  monthOf,
  msToNextDay,
  msToNextMonth,
} from '@/server/domain/period';

const instant = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });

it.each([
  ['2026-01-01T00:00:00.000Z', '2026-01-01', '2026-01'],
  ['2025-12-31T23:59:59.999Z', '2025-12-31', '2025-12'],
  ['2024-02-29T12:00:00.000Z', '2024-02-29', '2024-02'],
])('%s is UTC day %s and month %s', (at, day, month) => {
  expect([dayOf(Date.parse(at)), monthOf(Date.parse(at))]).toEqual([day, month]);
});

it('days and months compare as strings the way time goes', () => {
  fc.assert(
    fc.property(instant, instant, (a, b) => {
      const [first, second] = a < b ? [a, b] : [b, a];
      expect(dayOf(first) <= dayOf(second)).toBe(true);
      expect(monthOf(first) <= monthOf(second)).toBe(true);
    }),
  );
});

it('the next day and the next month begin exactly when they are said to', () => {
  fc.assert(
    fc.property(instant, (at) => {
      const day = at + msToNextDay(at);
      expect(dayOf(day - 1)).toBe(dayOf(at));
      expect(dayOf(day) > dayOf(at)).toBe(true);
      const month = at + msToNextMonth(at);
      expect(monthOf(month - 1)).toBe(monthOf(at));
      expect(monthOf(month) > monthOf(at)).toBe(true);
      expect([endOfDay(dayOf(at)), endOfMonth(monthOf(at))]).toEqual([day, month]);
    }),
  );
});

it('at midnight a whole day is left', () => {
  expect(msToNextDay(Date.UTC(2026, 0, 1))).toBe(86_400_000);
  expect(msToNextMonth(Date.UTC(2024, 1, 1))).toBe(29 * 86_400_000);
});
