import { dayOf } from '../../domain/period';
import type { PortalContext } from './context';

export interface UsageDayView {
  readonly day: string;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly spendNano: string;
}

export interface Usage {
  /** Every day of the window, oldest first, today last; a day without use is all zeros. */
  readonly days: readonly UsageDayView[];
}

const DAYS = 30;
const DAY_MS = 86_400_000;

/** Requests, tokens and spend by UTC day for the last 30 days. */
export async function readUsage({ ctx }: { ctx: PortalContext }): Promise<Usage> {
  const window = Array.from({ length: DAYS }, (_, index) =>
    dayOf(ctx.nowMs - (DAYS - 1 - index) * DAY_MS),
  );
  const first = window[0] ?? dayOf(ctx.nowMs);
  const used = new Map(
    (await ctx.portal.usageByDay(ctx.tenantId, first)).map((entry) => [entry.day, entry]),
  );
  return {
    days: window.map((day) => {
      const entry = used.get(day);
      return {
        day,
        requests: entry?.requests ?? 0,
        inputTokens: entry?.inputTokens ?? 0,
        outputTokens: entry?.outputTokens ?? 0,
        spendNano: String(entry?.spendNano ?? 0n),
      };
    }),
  };
}
