import { TallygateError } from '../domain/errors';
import { parseTraceId, type TraceId } from '../domain/ids';
import { presentReceipt } from '../domain/receipt';
import { identityHeaders } from './exchange';
import { jsonReply } from './json-reply';
import { pathParameter } from './path-parameter';
import type { Run } from './run';
import type { GatewayReply } from './types';

/** The trace id in the path of a receipt. Throws 400 `invalid_trace_id`. */
export function receiptTraceId(path: string): TraceId {
  const traceId = parseTraceId(pathParameter(path, '/transactions/'));
  if (traceId !== null) return traceId;
  throw new TallygateError(
    'invalid_trace_id',
    'A trace id is 1 to 128 characters of A-Z, a-z, 0-9, ".", "_", ":" and "-".',
    { param: 'traceId' },
  );
}

/** What the ledger says of one trace of the key's own tenant, Redis or not. Throws 404, 503. */
export async function answerReceipt(run: Run, traceId: TraceId): Promise<GatewayReply> {
  const { ports, exchange, caller } = run;
  const receipt = await ports.receipts.find(caller.key.tenantId, traceId);
  if (receipt !== null) return jsonReply(200, presentReceipt(receipt), identityHeaders(exchange));
  throw new TallygateError(
    'not_found',
    'There is no transaction with this trace id. A plain request has one once it is answered.',
  );
}
