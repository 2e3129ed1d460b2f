import { boundedLabel, OTHER } from './bounded-label';
import type { GatewayTelemetry, RequestRecord } from './gateway';
import type { Logger } from './logger';
import type { Metrics } from './metrics';

/** Each is a series or more for as long as the process lives; the rest is one, "other". */
const MODELS_MAX = 200;
const UPSTREAMS_MAX = 50;

/** Counts in the registry and writes one line of log for each request. */
export function createGatewayTelemetry(metrics: Metrics, log: Logger): GatewayTelemetry {
  const modelLabel = boundedLabel(MODELS_MAX);
  const upstreamLabel = boundedLabel(UPSTREAMS_MAX);
  return {
    quotaChecked: (ms) => metrics.quotaCheckMs.observe(ms),
    billed: (ms) => metrics.billingMs.observe(ms),
    deducted: () => metrics.deductSuccess.inc(),
    deductFailed: (reason) => metrics.deductFailure.inc({ reason }),
    spooled: () => metrics.spooled.inc(),
    quarantined(cause, traceId) {
      metrics.quarantined.inc();
      log.error({ traceId, err: cause }, 'quarantined');
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
    upstreamCalled(name, asked, outcome, durationMs) {
      const upstream = upstreamLabel(name);
      metrics.upstreamCalls.inc({ upstream, outcome });
      if (outcome !== 'answer') return;
      metrics.upstreamMs.observe({ upstream, model: modelLabel(asked) }, durationMs);
    },
    requestDone(record) {
      const { endpoint, code, outcome } = record;
      metrics.requests.inc({ endpoint, status: String(record.status) });
      metrics.requestMs.observe({ endpoint }, record.durationMs);
      if (code !== null) metrics.errors.inc({ endpoint, code });
      if (record.model !== null) {
        const model = record.isModelKnown ? modelLabel(record.model) : OTHER;
        metrics.modelRequests.inc({ model, outcome });
        countTokens(metrics, model, record);
      }
      log.info(
        {
          requestId: record.requestId,
          traceId: record.traceId,
          otelTraceId: record.otelTraceId,
          tenantId: record.tenantId,
          keyId: record.keyId,
          endpoint: record.endpoint,
          model: record.model,
          upstream: record.upstream,
          isStream: record.isStream,
          status: record.status,
          code: record.code,
          outcome: record.outcome,
          durationMs: tenths(record.durationMs),
          billingMs: tenths(record.billingMs),
          upstreamMs: record.upstreamMs,
          firstByteMs: record.firstByteMs,
          amountNano: record.amountNano === null ? null : String(record.amountNano),
          inputTokens: record.inputTokens,
          outputTokens: record.outputTokens,
        },
        'request',
      );
    },
    fault(what, cause, ids) {
      metrics.faults.inc({ what });
      log.error({ ...ids, err: cause }, what);
    },
  };
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;

function countTokens({ tokens }: Metrics, model: string, record: RequestRecord): void {
  const { inputTokens, outputTokens } = record;
  if (inputTokens !== null) tokens.inc({ model, direction: 'input' }, inputTokens);
  if (outputTokens !== null) tokens.inc({ model, direction: 'output' }, outputTokens);
}
