import { TallygateError } from '../domain/errors';
import { authorise, authoriseReading } from './authorise';
import { answerBalance } from './balance';
import { nameTrace } from './exchange';
import { expectMethod } from './expect';
import { answerModels } from './models';
import { answerQuote } from './quote';
import { answerReceipt, receiptTraceId } from './receipt';
import type { Run } from './run';
import type { GatewayReply, GatewayRequest } from './types';

/** Answers what buys nothing: it takes no limit, and works for who has spent everything. */
export async function enquire(run: Run, request: GatewayRequest): Promise<GatewayReply> {
  const reply = await answer(run, request);
  run.ports.telemetry.requestDone(run.record.close(reply.status));
  return reply;
}

async function answer(run: Run, request: GatewayRequest): Promise<GatewayReply> {
  const { path } = request;
  if (path === '/models' || path.startsWith('/models/')) {
    expectMethod(request, 'GET');
    nameTrace(run.exchange, request);
    authorise(run.caller, request.remoteAddress);
    return await answerModels(run, path);
  }
  if (path.startsWith('/transactions/')) {
    expectMethod(request, 'GET');
    nameTrace(run.exchange, request);
    const traceId = receiptTraceId(path);
    authoriseReading(run.caller, request.remoteAddress);
    return await answerReceipt(run, traceId);
  }
  if (path === '/balance') {
    expectMethod(request, 'GET');
    nameTrace(run.exchange, request);
    authoriseReading(run.caller, request.remoteAddress);
    return await answerBalance(run);
  }
  if (path === '/quote') {
    expectMethod(request, 'POST');
    return await answerQuote(run, request);
  }
  throw new TallygateError('not_found', `There is nothing at /api/v1${path.slice(0, 200)}.`);
}
