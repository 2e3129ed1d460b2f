import type { GatewayTelemetry } from '@/server/telemetry/gateway';

const nothing = (): void => undefined;

/** In the place of createGatewayTelemetry, in a server that is built for the bench: nobody looks. */
export const createGatewayTelemetry = (): GatewayTelemetry => ({
  quotaChecked: nothing,
  billed: nothing,
  deducted: nothing,
  deductFailed: nothing,
  spooled: nothing,
  quarantined: nothing,
  lateSettlement: nothing,
  answerNotStored: nothing,
  upstreamCalled: nothing,
  idempotentHit: nothing,
  idempotentConflict: nothing,
  streamPending: nothing,
  streamCommitted: nothing,
  streamFailed: nothing,
  usageAnomaly: nothing,
  requestDone: nothing,
  fault: nothing,
});
