import type { Endpoint } from '../domain/charge';
import type { ModelRecord } from '../domain/ports';
import { type AnswerRequest, parseAnswerRequest } from '../openai/request';
import { allowModel, authorise } from './authorise';
import { nameTrace } from './exchange';
import { expectJson } from './expect';
import { BODY_BYTES_MAX } from './limits';
import { judgeOutput } from './output-bound';
import type { Run } from './run';
import type { GatewayRequest } from './types';

/** What is asked for, by a caller who may ask for it. */
export interface TakenRequest {
  readonly asked: AnswerRequest;
  readonly model: ModelRecord;
  readonly bytes: Uint8Array;
}

/**
 * Reads a request for an answer and judges all of it that needs no quota: the same for who buys as
 * for who asks for a quote. Throws 413, 415, then 400, then 404 and 403.
 */
export async function takeRequest(
  run: Run,
  request: GatewayRequest,
  endpoint: Endpoint,
): Promise<TakenRequest> {
  const { ports, exchange, caller } = run;
  expectJson(request);
  const bytes = await request.readBody(BODY_BYTES_MAX);
  nameTrace(exchange, request);
  const asked = parseAnswerRequest(endpoint, bytes);
  run.record.asked(asked);
  // A field that the model cannot serve is a 400: before the 403s and the 404, where it is known.
  const found = await ports.catalogue.find(asked.model);
  if (found !== null) {
    run.record.knowsModel();
    judgeOutput(found, asked);
  }
  authorise(caller, request.remoteAddress);
  return { asked, model: allowModel(caller, asked.model, found), bytes };
}
