import { mayBeHourly, parseRange, type UsageRange } from '@/server/domain/usage-window';
import type { UsageBy } from '@/server/services/portal/read-usage';

/** What a page of usage asks for. The range is as the address holds it. */
export interface UsageQuestion {
  readonly range: string;
  readonly by: UsageBy;
}

export const DEFAULT_RANGE = '30d';

/** By what a range can be shown: a day by its hours alone, more than a week by days alone. */
export const choicesOf = (range: UsageRange): readonly UsageBy[] =>
  range === '24h'
    ? ['hour', 'model', 'key']
    : mayBeHourly(range)
      ? ['day', 'hour', 'model', 'key']
      : ['day', 'model', 'key'];

/** What an address asks for; what it says wrong is as if it said nothing. */
export function questionOf(range: string, by: string): UsageQuestion {
  const known = parseRange(range) === null ? DEFAULT_RANGE : range;
  const choices = choicesOf(parseRange(known) ?? DEFAULT_RANGE);
  return { range: known, by: choices.find((choice) => choice === by) ?? choices[0] ?? 'day' };
}
