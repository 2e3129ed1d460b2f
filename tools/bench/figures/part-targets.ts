import type { PartName } from '../parts/part';
import { judge, least, ratioRow, type TargetRow } from './bound';
import type { PartResults } from './part-results';

/** The targets of the stores and of counting, by the medians over the rounds. */
export function partTargetRows(results: PartResults): TargetRow[] {
  const perSecond = (part: PartName) => results.of(part)?.perSecond.median ?? null;
  const ratio = (title: string, own: PartName, against: PartName, bound: number, unit: string) =>
    ratioRow({
      ...{ title, unit, bound: least(bound) },
      ...{ own: perSecond(own), against: perSecond(against) },
    });
  const long = results.of('count-long');
  return [
    ratio(
      'settlements a second: one hot tenant / 1,000 tenants',
      ...(['settle-hot', 'settle-1000', 0.8, '/s'] as const),
    ),
    ratio(
      'settlements a second, one hot tenant: in groups / one transaction each',
      ...(['settle-hot', 'settle-each', 8, '/s'] as const),
    ),
    ratio(
      'tokens a second, mixed text: ours / js-tiktoken',
      ...(['count-ours', 'count-js-tiktoken', 10, '/s'] as const),
    ),
    limitRow('counting 1 MB of one character', 1, 's', long && long.tookMs.median / 1_000),
    limitRow(
      'longest standstill of the event loop meanwhile',
      ...([50, 'ms', long?.blockedMs?.max ?? null] as const),
    ),
  ];
}

function limitRow(
  title: string,
  value: number,
  unit: 's' | 'ms',
  measured: number | null,
): TargetRow {
  const bound = { kind: 'most', value, unit } as const;
  return { title, bound, value: measured, of: null, verdict: judge(measured, bound) };
}
