import type { Tally } from './tally';

/** The longest that the watches have seen. */
export interface Worst {
  readonly fallbackMs: number;
  readonly fallbacksMeasured: number;
  /** Requests while Redis was dead and all else whole. */
  readonly askedWithoutRedis: number;
  readonly answeredWithoutRedis: number;
  readonly convergenceMs: number;
  readonly leaseOverrunMs: number;
}

/** The run's table, a line each. */
export function tableOf(tally: Tally, worst: Worst, tookMs: number): string[] {
  const perHour = (tally.killsOfThree * 3_600_000) / tookMs;
  const achieved = tally.loadMs === 0 ? 0 : (tally.requests * 1_000) / tally.loadMs;
  return [
    ...section('kill -9', tally.kills),
    row(Math.round(perHour), 'an hour, of gateways, Redis and Postgres, quiet times included'),
    ...section('faults', tally.faults),
    '',
    row(tally.bursts, 'bursts'),
    row(tally.requests, `requests, ${achieved.toFixed(1)} a second`),
    row(tally.complete, 'whole answers delivered'),
    row(tally.replayed, 'answers replayed'),
    row(tally.broken, 'broken off, or left by the client'),
    row(tally.purchases, 'answers bought of the upstream'),
    row(tally.charged, 'charged'),
    row(tally.voided, 'voided'),
    ...section('refused', tally.refused),
    '',
    row(
      tally.lossTokens,
      `tokens lost by the house, of ${tally.lossTokensMax} that crashes may cost`,
    ),
    row(worst.fallbackMs, `ms: longest fallback, of ${worst.fallbacksMeasured} measured`),
    row(
      worst.answeredWithoutRedis,
      `answered of ${worst.askedWithoutRedis} asked while only Redis was dead`,
    ),
    row(worst.convergenceMs, 'ms: longest convergence of Redis'),
    row(worst.leaseOverrunMs, 'ms: longest lease overrun'),
    row(tally.longestRestMs, 'ms: longest until at rest'),
    row(tally.violations.length, 'violations'),
  ];
}

const row = (value: number, what: string): string => `  ${String(value).padStart(8)}  ${what}`;

function section(title: string, counts: ReadonlyMap<string, number>): string[] {
  const rows = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return ['', `  ${title}`, ...rows.map(([name, value]) => row(value, name))];
}

/** The same as raw figures. */
export function figuresOf(tally: Tally, worst: Worst, tookMs: number): object {
  const { kills, faults, refused, ...rest } = tally;
  return {
    ...rest,
    kills: Object.fromEntries(kills),
    faults: Object.fromEntries(faults),
    refused: Object.fromEntries(refused),
    killsOfThree: tally.killsOfThree,
    worst,
    tookMs,
  };
}
