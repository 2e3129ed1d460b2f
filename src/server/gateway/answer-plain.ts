import type { ChargeOutcome, ChargeTimings, MeteredUsage } from '../domain/charge';
import { UpstreamBroke } from '../domain/ports';
import { costOf } from '../domain/pricing';
import { messageText } from '../openai/answer-text';
import type { JsonObject } from '../openai/object';
import { readObject } from '../openai/read-object';
import type { AnswerRequest } from '../openai/request';
import { readUsage } from '../openai/usage';
import { traced } from '../telemetry/tracing';
import type { Admitted } from './admit';
import { billedUsage } from './bill';
import { type Bought, callUpstream } from './call-upstream';
import { endCharge } from './end-charge';
import { endUnbought } from './end-unbought';
import { capHeader, identityHeaders, timed } from './exchange';
import { failpoint } from './failpoints';
import { ANSWER_READ_BYTES_MAX } from './limits';
import { boundGiven, outputCap } from './output-cap';
import { rateHeaders } from './rate-headers';
import type { Run } from './run';
import { storeAnswer } from './store-answer';
import type { GatewayReply } from './types';

/**
 * Buys a plain answer, bills it by the upstream's usage, and hands it on once that is durable.
 * Throws the designed error when nothing could be bought; then nothing was charged.
 */
export async function answerPlain(
  run: Run,
  request: AnswerRequest,
  admitted: Admitted,
): Promise<GatewayReply> {
  const { ports, exchange, signal } = run;
  const cap = outputCap(admitted);
  let bought: Bought | null = null;
  let bytes: Uint8Array;
  let answeredAtMs: number;
  let usage: MeteredUsage;
  try {
    bought = await callUpstream(run, request, admitted.charge, cap);
    bytes = await readAll(bought.body);
    await failpoint('plain_answered');
    if (signal.aborted) throw signal.reason;
    answeredAtMs = performance.now();
    usage = await meterPlain(request, admitted, bytes);
    exchange.trace?.callEnded(null, usage.billed);
  } catch (error) {
    throw await endUnbought(run, admitted, bought, error);
  }
  if (usage.anomaly !== null) ports.telemetry.usageAnomaly(usage.anomaly);
  const outcome: ChargeOutcome = {
    status: 'COMMITTED',
    amountNano: costOf(admitted.charge.price, usage.billed),
    usage,
    finish: 'complete',
  };
  const timings: ChargeTimings = {
    upstream: bought.upstream,
    upstreamMs: Math.round(answeredAtMs - bought.calledAtMs),
    firstByteMs: null,
    durationMs: Math.round(performance.now() - exchange.startedAtMs),
  };
  const { contentType, status } = bought;
  const settled = await timed(exchange, async () => {
    await traced(exchange.trace, 'store_answer', () =>
      storeAnswer(ports, admitted.charge, { status, contentType, body: bytes }),
    );
    return await endCharge(ports, admitted, outcome, timings);
  });
  run.record.settled(timings, settled.amountNano, usage.billed);
  ports.telemetry.billed(exchange.billingMs);
  ports.telemetry.requestDone(run.record.close(status));
  return {
    status,
    headers: {
      'content-type': contentType,
      ...identityHeaders(exchange),
      ...rateHeaders(admitted.rates),
      'x-tallygate-cost': String(settled.amountNano),
      ...(settled.availableNano === null
        ? {}
        : { 'x-tallygate-balance': String(settled.availableNano) }),
      ...capHeader(cap),
    },
    body: bytes,
  };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > ANSWER_READ_BYTES_MAX) throw new UpstreamBroke('broke');
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

async function meterPlain(request: AnswerRequest, admitted: Admitted, bytes: Uint8Array) {
  const { charge, estimate } = admitted;
  const answer = parseAnswer(bytes);
  const reported = readUsage(request.endpoint, answer, estimate.model.contextWindow);
  let countedOutputTokens: number | null = null;
  if (reported.kind !== 'reported') {
    const meter = estimate.meter.openAnswer();
    for (const piece of messageText(answer)) meter.push(piece.track, piece.text);
    countedOutputTokens = await meter.settle();
  }
  return billedUsage({
    model: estimate.model,
    isStream: false,
    isComplete: true,
    isVocabularyKnown: estimate.meter.isKnown,
    countedInputTokens: charge.countedInputTokens,
    countedOutputTokens,
    reported,
    outputTokensMax: boundGiven(request, admitted),
  });
}

/** Throws UpstreamBroke where it is none: what cannot be read is neither handed on nor charged. */
function parseAnswer(bytes: Uint8Array): JsonObject {
  const answer = readObject(Buffer.from(bytes).toString('utf8'));
  if (answer === null || (answer.error ?? null) !== null) throw new UpstreamBroke('broke');
  return answer;
}
