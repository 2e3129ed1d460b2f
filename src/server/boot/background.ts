import { endDoubtfulRows } from '../gateway/end-doubtful-rows';
import { LEASE_MS } from '../gateway/limits';
import { replaySpool } from '../gateway/replay';
import { sweep } from '../gateway/sweep';
import { createSweepGate } from '../gateway/sweep-gate';
import type { GatewayPorts } from '../gateway/types';
import { type Background, every } from './every';

const RENEW_EVERY_MS = LEASE_MS / 3;
const REPLAY_EVERY_MS = 2_000;
const DOUBTFUL_ROWS_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 10_000;
const RECONCILE_EVERY_MS = 30_000;
const GAUGE_EVERY_MS = 5_000;
const DROP_ANSWERS_EVERY_MS = 10 * 60_000;

export interface BackgroundWork {
  readonly ports: GatewayPorts;
  readonly runReconcile: () => Promise<unknown>;
  readonly payOwed: () => Promise<void>;
  readonly gauge: () => Promise<void>;
  readonly dropExpiredAnswers: () => Promise<number>;
}

/** Leases, the sweeper and the reconciler, each on a clock of its own, never two of one at once. */
export function startBackground(work: BackgroundWork): Background {
  const { ports } = work;
  const onFault = (name: string, cause: unknown) => ports.telemetry.fault(name, cause, {});
  const maySweep = createSweepGate(ports.ledger, LEASE_MS, Date.now);
  const jobs = [
    every(RENEW_EVERY_MS, 'renew', onFault, () =>
      ports.openCharges.renew(ports.quota, ports.ledger, LEASE_MS),
    ),
    every(REPLAY_EVERY_MS, 'replay', onFault, () => replaySpool(ports)),
    every(DOUBTFUL_ROWS_EVERY_MS, 'doubtful_rows', onFault, () => endDoubtfulRows(ports)),
    every(SWEEP_EVERY_MS, 'sweep', onFault, async () => {
      await replaySpool(ports);
      if (await maySweep()) await sweep(ports);
    }),
    every(RECONCILE_EVERY_MS, 'reconcile', onFault, async () => {
      await replaySpool(ports);
      await work.payOwed();
      await work.runReconcile();
    }),
    every(GAUGE_EVERY_MS, 'gauge', onFault, work.gauge),
    every(DROP_ANSWERS_EVERY_MS, 'drop_answers', onFault, work.dropExpiredAnswers),
  ];
  return {
    stop: async () => {
      await Promise.all(jobs.map((job) => job.stop()));
    },
  };
}
