import { LEASE_MS } from './limits';
import type { ReconcileReport } from './reconcile';
import { replaySpool } from './replay';
import { sweep } from './sweep';
import type { TimeBudget } from './time-budget';
import type { EndingPorts } from './types';

export interface MaintenanceReport extends ReconcileReport {
  /** Settlements booked from the spool. */
  readonly replayed: number;
  /** Charges whose lease had run out. */
  readonly swept: number;
}

/**
 * One round of what a long-lived process does in the background, in its order: the spool before
 * the sweeper, both before the reconciler. For deployments where no process lives on, and where
 * nothing may run for long: `left` says what the next round finds.
 */
export async function maintain(
  ports: EndingPorts,
  runReconcile: (budget: TimeBudget) => Promise<ReconcileReport>,
  budget: TimeBudget,
): Promise<MaintenanceReport> {
  const replayed = await replaySpool(ports);
  // A server that has just come up: the owners of open charges may still be on their way back.
  const maySweep = (await ports.ledger.upForMs()) >= LEASE_MS;
  const swept = maySweep ? await sweep(ports, budget) : 0;
  return { replayed, swept, ...(await runReconcile(budget)) };
}
