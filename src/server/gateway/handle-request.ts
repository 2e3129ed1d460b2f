import type { ChargeIdentity, Endpoint } from '../domain/charge';
import type { StoredAnswer } from '../domain/ports';
import type { AnswerRequest } from '../openai/request';
import { traced } from '../telemetry/tracing';
import { admit } from './admit';
import { answerPlain } from './answer-plain';
import { answerStream } from './answer-stream';
import { authenticate } from './authenticate';
import { checkQuota } from './check-quota';
import { enquire } from './enquire';
import { designedError, errorReply } from './error-response';
import { estimate } from './estimate';
import { echoTrace, hashBody, identityHeaders, openExchange, timed } from './exchange';
import { expectMethod } from './expect';
import { noteFailure } from './ledger-away';
import { openRecord } from './record';
import { resolveTrace, traceTaken } from './resolve-trace';
import type { Run } from './run';
import { takeRequest } from './take-request';
import type { GatewayPorts, GatewayReply, GatewayRequest } from './types';

/** A named trace that is taken between look-up and claim is looked up again this often. */
const TRACE_ROUNDS_MAX = 3;

/**
 * The path of one request, whoever carries it. Never throws: every error is a reply. A stream's
 * body settles its charge by itself, however it ends.
 */
export async function handleRequest(
  ports: GatewayPorts,
  request: GatewayRequest,
): Promise<GatewayReply> {
  const { status, headers, body } = await judge(ports, request);
  return { status, headers: keptPrivate(headers), body };
}

/** A reply is its caller's alone: nothing for a cache to keep, nor for a browser to guess at. */
const keptPrivate = (headers: GatewayReply['headers']): GatewayReply['headers'] => ({
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  ...headers,
});

async function judge(ports: GatewayPorts, request: GatewayRequest): Promise<GatewayReply> {
  const exchange = openExchange(ports.tracing?.begin(request));
  echoTrace(exchange, request);
  const record = openRecord(exchange, request);
  const { signal, release } = ports.shutdown.follow(request.signal);
  try {
    const caller = await traced(exchange.trace, 'authenticate', () => authenticate(ports, request));
    record.calledBy(caller);
    const reply = await route({ ports, exchange, record, caller, signal, release }, request);
    // A stream is under way for as long as its body is.
    if (reply.body instanceof Uint8Array) release();
    return reply;
  } catch (thrown) {
    release();
    noteFailure(ports.ledger, thrown);
    const error = designedError(thrown, exchange);
    if (error.code === 'internal_error' || error.code === 'billing_unavailable') {
      ports.telemetry.fault(error.code, error.cause, { requestId: exchange.requestId });
    }
    record.failed(error);
    ports.telemetry.requestDone(record.close(error.status));
    return errorReply(error, exchange);
  }
}

async function route(run: Run, request: GatewayRequest): Promise<GatewayReply> {
  const endpoint = endpointOf(request.path);
  if (endpoint === null) return await enquire(run, request);
  expectMethod(request, 'POST');
  return await answer(run, request, endpoint);
}

/** The steps of an answer, in the order in which they are judged. */
async function answer(
  run: Run,
  request: GatewayRequest,
  endpoint: Endpoint,
): Promise<GatewayReply> {
  const { ports, exchange, caller } = run;
  const { asked, model, bytes } = await takeRequest(run, request, endpoint);
  const bodyHash = hashBody(request.path, bytes);
  for (let round = 0; round < TRACE_ROUNDS_MAX; round += 1) {
    const trace = await resolveTrace(ports, exchange, caller, bodyHash);
    if (trace.kind === 'replay') return replay(run, trace.answer);
    const meter = await ports.tokens.forModel(model.id, model.tokenizer);
    const estimated = await estimate(model, meter, asked);
    await traced(exchange.trace, 'quota_check', () =>
      checkQuota(ports, caller.key.tenantId, estimated.demand.minNano),
    );
    const { transactionId, attempt } = trace;
    const identity = { price: model.price, transactionId, ...identify(run, asked, bodyHash) };
    const admitted = await timed(exchange, () => admit(run, identity, attempt, estimated));
    if (admitted === null) continue;
    return await (asked.isStream ? answerStream : answerPlain)(run, asked, admitted);
  }
  throw traceTaken(ports, { bodyHash, keyId: caller.key.keyId }, caller, bodyHash);
}

const identify = (
  { exchange, caller }: Run,
  asked: AnswerRequest,
  bodyHash: string,
): Omit<ChargeIdentity, 'price' | 'transactionId'> => ({
  tenantId: caller.key.tenantId,
  keyId: caller.key.keyId,
  traceId: exchange.traceId,
  traceNamed: exchange.traceNamed,
  bodyHash,
  endpoint: asked.endpoint,
  isStream: asked.isStream,
  model: asked.model,
});

/** The stored answer again, byte for byte; nothing is billed and no upstream is called. */
function replay(run: Run, answer: StoredAnswer): GatewayReply {
  run.record.ended('replayed');
  run.ports.telemetry.requestDone(run.record.close(answer.status));
  return {
    status: answer.status,
    headers: {
      'content-type': answer.contentType,
      ...identityHeaders(run.exchange),
      'idempotent-replayed': 'true',
    },
    body: answer.body,
  };
}

function endpointOf(path: string): Endpoint | null {
  if (path === '/chat/completions') return 'chat.completions';
  return path === '/embeddings' ? 'embeddings' : null;
}
