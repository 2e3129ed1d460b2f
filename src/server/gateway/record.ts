import type { ChargeTimings } from '../domain/charge';
import type { TallygateError } from '../domain/errors';
import type { Nano } from '../domain/money';
import type { TokenUsage } from '../domain/usage';
import type { AnswerRequest } from '../openai/request';
import type { RequestOutcome, RequestRecord } from '../telemetry/gateway';
import type { Exchange } from './exchange';
import type { Caller, GatewayRequest } from './types';

/** Collects what one line of log says of a request; never a prompt, a key or an upstream's host. */
export interface OpenRecord {
  calledBy(caller: Caller): void;
  asked(request: AnswerRequest): void;
  /** The catalogue has the model that was asked for. */
  knowsModel(): void;
  settled(timings: ChargeTimings, amountNano: Nano, usage: TokenUsage | null): void;
  failed(error: TallygateError): void;
  ended(outcome: RequestOutcome): void;
  /** What there is to say of it, once; ends its trace. */
  close(status: number): RequestRecord;
}

export function openRecord(exchange: Exchange, request: GatewayRequest): OpenRecord {
  let caller: Caller | null = null;
  let asked: AnswerRequest | null = null;
  let isModelKnown = false;
  let code: string | null = null;
  let outcome: RequestOutcome = 'answered';
  let timings: ChargeTimings | null = null;
  let amountNano: Nano | null = null;
  let usage: TokenUsage | null = null;
  return {
    calledBy: (value) => {
      caller = value;
    },
    asked: (value) => {
      asked = value;
    },
    knowsModel: () => {
      isModelKnown = true;
    },
    settled: (took, amount, tokens) => {
      timings = took;
      amountNano = amount;
      usage = tokens;
    },
    failed: (error) => {
      code = error.code;
      if (error.code === 'client_closed') outcome = 'client_closed';
      else outcome = error.status >= 500 ? 'failed' : 'refused';
    },
    ended: (value) => {
      outcome = value;
    },
    close: (status) => {
      const record: RequestRecord = {
        requestId: exchange.requestId,
        traceId: exchange.traceId,
        tenantId: caller?.key.tenantId ?? null,
        keyId: caller?.key.keyId ?? null,
        endpoint: enquiryOf(request.path) ?? asked?.endpoint ?? 'other',
        model: asked?.model ?? null,
        isModelKnown,
        upstream: timings?.upstream ?? null,
        isStream: asked?.isStream ?? false,
        status,
        code,
        outcome,
        durationMs: performance.now() - exchange.startedAtMs,
        billingMs: exchange.billingMs,
        upstreamMs: timings?.upstreamMs ?? null,
        firstByteMs: timings?.firstByteMs ?? null,
        amountNano,
        inputTokens: usage?.inputTokens ?? null,
        outputTokens: usage?.outputTokens ?? null,
        otelTraceId: exchange.trace?.traceId,
      };
      exchange.trace?.end(record);
      return record;
    },
  };
}

const ENQUIRIES = ['models', 'transactions', 'balance', 'quote'] as const;

/** What is asked for by a path that buys nothing; null for every other. */
const enquiryOf = (path: string): string | null =>
  ENQUIRIES.find((name) => path === `/${name}` || path.startsWith(`/${name}/`)) ?? null;
