import type { GatewayTelemetry } from './gateway';
import type { Logger } from './logger';
import type { Metrics } from './metrics';

/** Counts in the registry and writes one line of log for each request. */
export function createGatewayTelemetry(metrics: Metrics, log: Logger): GatewayTelemetry {
  return {
    quotaChecked: (ms) => metrics.quotaCheckMs.observe(ms),
    billed: (ms) => metrics.billingMs.observe(ms),
    deducted: () => metrics.deductSuccess.inc(),
    deductFailed: (reason) => metrics.deductFailure.inc({ reason }),
    spooled: () => metrics.spooled.inc(),
    quarantined(cause, traceId) {
      metrics.quarantined.inc();
      log.error({ traceId, err: brief(cause) }, 'quarantined');
    },
    lateSettlement(outcome, { traceId, tenantId, operationId }) {
      metrics.lateSettlements.inc({ outcome });
      const ids = { traceId, tenantId, operationId };
      if (outcome === 'lost') log.error(ids, 'late_settlement_lost');
      else log.warn(ids, 'late_settlement_booked');
    },
    answerNotStored: () => metrics.answersNotStored.inc(),
    idempotentHit: () => metrics.idempotentHit.inc(),
    idempotentConflict: () => metrics.idempotentConflict.inc(),
    streamPending: () => metrics.streamPending.inc(),
    streamCommitted(accuracyPct) {
      metrics.streamCommitted.inc();
      if (accuracyPct !== null) metrics.streamTokenAccuracy.observe(accuracyPct);
    },
    streamFailed: () => metrics.streamFailed.inc(),
    usageAnomaly: (kind) => metrics.usageAnomalies.inc({ kind }),
    requestDone(record) {
      metrics.requests.inc({ endpoint: record.endpoint, status: String(record.status) });
      metrics.requestMs.observe({ endpoint: record.endpoint }, record.durationMs);
      log.info(
        {
          requestId: record.requestId,
          traceId: record.traceId,
          tenantId: record.tenantId,
          keyId: record.keyId,
          endpoint: record.endpoint,
          model: record.model,
          upstream: record.upstream,
          isStream: record.isStream,
          status: record.status,
          code: record.code,
          durationMs: Math.round(record.durationMs * 10) / 10,
          amountNano: record.amountNano === null ? null : String(record.amountNano),
          inputTokens: record.inputTokens,
          outputTokens: record.outputTokens,
        },
        'request',
      );
    },
    fault: (what, cause, ids) => log.error({ ...ids, err: brief(cause) }, what),
  };
}

/** Name, code and stack of an error; its message may quote a query, so it is left out. */
function brief(cause: unknown): Readonly<Record<string, unknown>> {
  if (!(cause instanceof Error)) return { type: typeof cause };
  const stack = cause.stack?.split('\n').filter((line) => line.startsWith('    at '));
  const inner = cause.cause === undefined ? {} : { cause: brief(cause.cause) };
  return { type: cause.name, code: 'code' in cause ? cause.code : undefined, stack, ...inner };
}
