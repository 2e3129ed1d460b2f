import { z } from 'zod';
import type { UsageGroup, UsageGrouping } from '../../domain/ports/usage';
import {
  endsOf,
  parseRange,
  slotsOf,
  type UsageUnit,
  type UsageWindow,
  windowBefore,
  windowOf,
} from '../../domain/usage-window';
import type { PortalContext } from './context';
import {
  addAll,
  figuresOf,
  fillGaps,
  NO_USE,
  seriesOf,
  type UsageFigures,
  type UsageSeries,
} from './usage-series';

export const USAGE_BY = ['day', 'hour', 'model', 'key'] as const;
export type UsageBy = (typeof USAGE_BY)[number];

/** A range as an address holds it: `30d`, or `2026-10-01..2026-10-31`. */
export const usageRange = z.string().transform((text, context) => {
  const range = parseRange(text);
  if (range !== null) return range;
  const message = 'must be 24h, 7d, 30d, 90d, or two days such as 2026-10-01..2026-10-31';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const readUsageInput = z.object({ range: usageRange, by: z.enum(USAGE_BY) });

/** A day, an hour, a model or a key: what it comes to, and came to in the period before. */
export interface UsageRow {
  readonly id: string;
  /** Null: a key that is not known. */
  readonly name: string | null;
  readonly now: UsageFigures;
  readonly before: UsageFigures;
}

/** A layer of a stacked chart. */
export interface UsageLayer {
  /** Null: all others together. */
  readonly id: string | null;
  readonly name: string | null;
  readonly series: UsageSeries;
}

export interface UsageReport {
  /** What its rows are. */
  readonly by: UsageBy;
  readonly unit: UsageUnit;
  /** Every hour or day of the range, oldest first. */
  readonly slots: readonly string[];
  readonly now: UsageFigures;
  readonly before: UsageFigures;
  readonly beforeEnds: { readonly first: string; readonly last: string };
  readonly series: UsageSeries;
  readonly seriesBefore: UsageSeries;
  /** By model or key: the largest, and all others. By day or hour: none. */
  readonly layers: readonly UsageLayer[];
  /** Without those that were not used, in this period or the one before. */
  readonly rows: readonly UsageRow[];
}

type Input = z.output<typeof readUsageInput>;

/** So many layers can be told apart. */
const LAYERS_MAX = 6;

/**
 * What a tenant's charges come to in a range, by hour or day, model or key, beside the period of the
 * same length right before it. By hour where that was asked for and the range is a week at most.
 */
export async function readUsage(call: { ctx: PortalContext; input: Input }): Promise<UsageReport> {
  const { ctx, input } = call;
  const window = windowOf(input.range, input.by === 'hour' ? 'hour' : 'day', ctx.nowMs);
  const earlier = windowBefore(window);
  const [used, usedBefore, groups] = await Promise.all([
    ctx.portal.usageBySlot(ctx.tenantId, window),
    ctx.portal.usageBySlot(ctx.tenantId, earlier),
    input.by === 'model' || input.by === 'key' ? readGroups(ctx, window, input.by) : null,
  ]);
  const slots = slotsOf(window);
  const filled = fillGaps(slots, used);
  const filledBefore = fillGaps(slotsOf(earlier), usedBefore);
  return {
    by: input.by,
    unit: window.unit,
    slots,
    now: figuresOf(addAll(used)),
    before: figuresOf(addAll(usedBefore)),
    beforeEnds: endsOf(earlier),
    series: seriesOf(filled),
    seriesBefore: seriesOf(filledBefore),
    layers: groups?.layers ?? [],
    rows:
      groups?.rows ??
      slots
        .map((slot, at) => ({ slot, sums: filled[at] ?? NO_USE, was: filledBefore[at] ?? NO_USE }))
        .filter(({ sums }) => sums.requests + sums.voided > 0)
        .map(({ slot, sums, was }) => rowOf({ id: slot, name: slot, now: sums, before: was })),
  };
}

async function readGroups(ctx: PortalContext, window: UsageWindow, grouping: UsageGrouping) {
  const [now, before] = await Promise.all([
    ctx.portal.usageByGroup(ctx.tenantId, window, grouping),
    ctx.portal.usageByGroup(ctx.tenantId, windowBefore(window), grouping),
  ]);
  const largest = now.toSorted(bySpend).slice(0, LAYERS_MAX);
  const layers = await readLayers(ctx, window, grouping, largest);
  return { layers, rows: pairUp(now, before) };
}

async function readLayers(
  ctx: PortalContext,
  window: UsageWindow,
  grouping: UsageGrouping,
  largest: readonly UsageGroup[],
): Promise<readonly UsageLayer[]> {
  const ids = largest.map(({ id }) => id);
  const used = await ctx.portal.usageBySlotAndGroup(ctx.tenantId, window, grouping, ids);
  const slots = slotsOf(window);
  const layer = (id: string | null, name: string | null): UsageLayer => {
    const own = used.filter((sums) => sums.id === id);
    return { id, name, series: seriesOf(fillGaps(slots, own)) };
  };
  const hasOthers = used.some(({ id }) => id === null);
  return [
    ...largest.map(({ id, name }) => layer(id, name)),
    ...(hasOthers ? [layer(null, null)] : []),
  ];
}

/** Every group that was used in either period, the largest first. */
export function pairUp(
  now: readonly UsageGroup[],
  before: readonly UsageGroup[],
): readonly UsageRow[] {
  const was = new Map(before.map((group) => [group.id, group]));
  const gone = before.filter(({ id }) => !now.some((group) => group.id === id));
  return [
    ...now.toSorted(bySpend).map((group) => ({ ...group, now: group, before: was.get(group.id) })),
    ...gone.toSorted(bySpend).map((group) => ({ ...group, now: NO_USE, before: group })),
  ].map((pair) => rowOf({ ...pair, before: pair.before ?? NO_USE }));
}

const rowOf = (pair: {
  id: string;
  name: string | null;
  now: Parameters<typeof figuresOf>[0];
  before: Parameters<typeof figuresOf>[0];
}): UsageRow => ({
  id: pair.id,
  name: pair.name,
  now: figuresOf(pair.now),
  before: figuresOf(pair.before),
});

const bySpend = (one: UsageGroup, other: UsageGroup): number =>
  one.spendNano === other.spendNano
    ? other.requests - one.requests
    : one.spendNano < other.spendNano
      ? 1
      : -1;
