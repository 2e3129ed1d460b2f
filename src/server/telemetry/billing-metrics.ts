import { DEDUCT_FAILURES, LATE_OUTCOMES } from './gateway';
import { type MetricMakers, MS_BUCKETS, PCT_BUCKETS } from './metric-makers';

/** What money does: charges, streams, repeats, and what waits to be booked. */
export function billingMetrics({ counter, histogram, gauge }: MetricMakers) {
  const deductFailure = counter('billing_deduct_failure', 'Charges that failed, by reason.', [
    'reason',
  ]);
  // From nothing to one is a rise that Prometheus does not see; from zero to one is.
  for (const reason of DEDUCT_FAILURES) deductFailure.inc({ reason }, 0);
  const lateSettlements = counter(
    'billing_late_settlements',
    'Answers on a spool whose charge the sweeper had ended: booked after all, or lost.',
    ['outcome'],
  );
  for (const outcome of LATE_OUTCOMES) lateSettlements.inc({ outcome }, 0);
  return {
    deductSuccess: counter('billing_deduct_success', 'Charges committed.'),
    deductFailure,
    spooled: counter('billing_spooled', 'Settlements that had to wait for Postgres on the spool.'),
    spoolWaiting: gauge(
      'billing_spool_waiting',
      'Settlements on the spool that are not booked yet.',
      { across: 'max' },
    ),
    lateSettlements,
    quarantined: counter('billing_quarantined', 'Settlements that the ledger refused.'),
    quarantineWaiting: gauge(
      'billing_quarantine_waiting',
      'Settlements in quarantine that no operator has resolved yet.',
      { across: 'max' },
    ),
    sweepLagMs: gauge(
      'billing_sweep_lag_ms',
      'For how long the oldest charge without an owner has waited for the sweeper.',
      { across: 'max' },
    ),
    overspentTenants: gauge(
      'billing_overspent_tenants',
      'Tenants whose balance is below what their credit limit allows.',
      { across: 'max' },
    ),
    answersNotStored: counter(
      'billing_answers_not_stored',
      'Answers not kept for a repeat, since the budgets of their tenant are spent.',
    ),
    idempotentHit: counter('billing_idempotent_hit', 'Stored answers replayed.'),
    idempotentConflict: counter('billing_idempotent_conflict', 'Trace ids refused with 409.'),
    streamPending: counter('billing_stream_pending_created', 'Streams begun.'),
    streamCommitted: counter('billing_stream_committed', 'Streams committed.'),
    streamFailed: counter('billing_stream_failed', 'Streams that were void or failed to settle.'),
    streamTokenAccuracy: histogram(
      'billing_stream_token_accuracy_pct',
      'How close the counted output tokens came to the reported ones, 0 to 100.',
      PCT_BUCKETS,
    ),
    billingMs: histogram(
      'billing_duration_ms',
      "The gateway's own time in both phases of billing.",
      MS_BUCKETS,
    ),
    usageAnomalies: counter('billing_usage_anomaly', 'Usage that deserves a look, by kind.', [
      'kind',
    ]),
  };
}
