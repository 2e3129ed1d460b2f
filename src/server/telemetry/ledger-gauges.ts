import type { Gauge } from 'prom-client';
import { isLedgerUnavailable } from '../domain/unavailable';
import type { Metrics } from './metrics';

export interface LedgerFigures {
  spoolWaiting(): Promise<number>;
  quarantineWaiting(): Promise<number>;
  sweepLagMs(): Promise<number>;
  overspentTenants(): Promise<number>;
}

/**
 * Reads what only the stores know, on a clock: nobody who looks at the metrics waits for Postgres, nor
 * makes it work. One that cannot be read keeps its figure and holds up no other. Throws the first
 * fault that is no outage.
 */
export function createLedgerGauges(metrics: Metrics, figures: LedgerFigures) {
  const readings: readonly [Gauge, () => Promise<number>][] = [
    [metrics.spoolWaiting, figures.spoolWaiting],
    [metrics.quarantineWaiting, figures.quarantineWaiting],
    [metrics.sweepLagMs, figures.sweepLagMs],
    [metrics.overspentTenants, figures.overspentTenants],
  ];
  return async (): Promise<void> => {
    const reads = readings.map(async ([gauge, read]) => gauge.set(await read()));
    const faults = (await Promise.allSettled(reads)).flatMap((read) =>
      read.status === 'rejected' ? [read.reason] : [],
    );
    metrics.postgresUp.set(faults.some(isLedgerUnavailable) ? 0 : 1);
    const own = faults.find((fault) => !isLedgerUnavailable(fault));
    if (own !== undefined) throw own;
  };
}
