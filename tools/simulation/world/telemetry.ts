import type { GatewayTelemetry } from '@/server/telemetry/gateway';
import type { Stage } from './stage';

/** What the money path reports goes into the journal; what nobody foresaw is a violation. */
export function telemetryOf(stage: Stage, name: string): GatewayTelemetry {
  const nothing = (): void => undefined;
  return {
    quotaChecked: nothing,
    billed: nothing,
    deducted: nothing,
    deductFailed: nothing,
    spooled: () => stage.reach('spool: written'),
    quarantined: () => stage.reach('settle: into quarantine'),
    lateSettlement(outcome, { operationId, owner }) {
      stage.journal.say(() => `${name}: late settlement ${outcome} ${operationId}`);
      stage.reach(`settle: a late one is ${outcome}`);
      if (outcome === 'lost') stage.givenAway.add(owner);
    },
    answerNotStored: nothing,
    upstreamCalled: nothing,
    idempotentHit: nothing,
    idempotentConflict: nothing,
    streamPending: nothing,
    streamCommitted: nothing,
    streamFailed: nothing,
    usageAnomaly: () => stage.reach('upstream: absurd usage is counted instead'),
    requestDone: (record) =>
      stage.journal.say(
        () =>
          `${name}: done ${record.traceId ?? ''} ${record.status} ${record.code ?? ''} ${record.amountNano ?? ''}`,
      ),
    fault(what, cause, ids) {
      stage.journal.say(() => `${name}: fault ${what} ${JSON.stringify(ids)}: ${chain(cause)}`);
      stage.watch.onFault(name, what, cause);
    },
  };
}

/** An error with what caused it. */
export function chain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` ← ${chain(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}
