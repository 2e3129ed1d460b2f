import { TallygateError } from '../domain/errors';
import { newTransactionId, type TransactionId } from '../domain/ids';
import type { StoredAnswer, TraceHolder, TraceRecord } from '../domain/ports';
import { traced } from '../telemetry/tracing';
import type { Exchange } from './exchange';
import type { Caller, GatewayPorts } from './types';

/** What a trace id is good for: a first attempt, the next attempt of a void one, or a replay. */
export type TraceState =
  | { readonly kind: 'open'; readonly transactionId: TransactionId; readonly attempt: number }
  | { readonly kind: 'replay'; readonly answer: StoredAnswer };

const IN_FLIGHT_RETRY_MS = 1_000;

type Telemetry = Pick<GatewayPorts, 'telemetry'>;

/**
 * Looks a trace id up before anything is judged or bought. A trace of our own making is always
 * new. Throws 409 `trace_in_flight`, `trace_conflict` or `trace_already_billed`.
 */
export async function resolveTrace(
  ports: Telemetry & Pick<GatewayPorts, 'ledger' | 'answers'>,
  exchange: Exchange,
  caller: Caller,
  bodyHash: string,
): Promise<TraceState> {
  const fresh = { kind: 'open', transactionId: newTransactionId(), attempt: 1 } as const;
  if (!exchange.traceNamed) return fresh;
  const { tenantId } = caller.key;
  const record = await traced(exchange.trace, 'resolve_trace', () =>
    ports.ledger.findTrace(tenantId, exchange.traceId),
  );
  if (record === null) return fresh;
  if (!isSameRequest(record, caller, bodyHash)) throw conflict(ports);
  switch (record.status) {
    case 'PENDING':
      throw inFlight(ports);
    case 'VOIDED':
      return { kind: 'open', transactionId: record.transactionId, attempt: record.attempt + 1 };
    case 'COMMITTED': {
      const { attempt } = record;
      const answer = await ports.answers.get({ tenantId, traceId: exchange.traceId, attempt });
      if (answer === null) throw alreadyBilled(ports);
      ports.telemetry.idempotentHit();
      return { kind: 'replay', answer };
    }
  }
}

const isSameRequest = (
  other: Pick<TraceRecord, 'bodyHash' | 'keyId'>,
  caller: Caller,
  bodyHash: string,
): boolean => other.bodyHash === bodyHash && other.keyId === caller.key.keyId;

/** The error for a trace that another request holds right now. */
export function traceTaken(
  ports: Telemetry,
  holder: TraceHolder,
  caller: Caller,
  bodyHash: string,
): TallygateError {
  return isSameRequest(holder, caller, bodyHash) ? inFlight(ports) : conflict(ports);
}

function inFlight(ports: Telemetry): TallygateError {
  ports.telemetry.idempotentConflict();
  return new TallygateError(
    'trace_in_flight',
    'A request with this trace id is still being answered. Wait and send it again to get its answer.',
    { retryAfterMs: IN_FLIGHT_RETRY_MS },
  );
}

function conflict(ports: Telemetry): TallygateError {
  ports.telemetry.idempotentConflict();
  return new TallygateError(
    'trace_conflict',
    'This trace id was used for another body, path or key. Choose a new trace id.',
  );
}

function alreadyBilled(ports: Telemetry): TallygateError {
  ports.telemetry.idempotentConflict();
  return new TallygateError(
    'trace_already_billed',
    'This trace id was answered and billed before, and its answer is no longer stored. Nothing was charged again. Choose a new trace id to ask anew.',
  );
}
