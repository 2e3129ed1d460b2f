import type { Context, Span, Tracer } from '@opentelemetry/api';
import { isTallygateError } from '../domain/errors';
import type { TokenUsage } from '../domain/usage';
import type { RequestRecord } from './gateway';
import { headersOf, type OtelApi, parentOf } from './trace-context';
import type { RequestTrace } from './tracing';

const ROUTES: Readonly<Record<string, string>> = {
  'chat.completions': '/v1/chat/completions',
  embeddings: '/v1/embeddings',
};
const OPERATIONS = { 'chat.completions': 'chat', embeddings: 'embeddings' } as const;

/**
 * Traces one request. Contexts are handed on by hand: what finds them by itself, AsyncLocalStorage,
 * costs every request of the process, traced or not.
 */
export function traceRequest(
  api: OtelApi,
  tracer: Tracer,
  method: string,
  header: (name: string) => string | undefined,
): RequestTrace {
  const parent = parentOf(api, header);
  const root = tracer.startSpan(method, { kind: api.SpanKind.SERVER }, parent);
  const context: Context = api.trace.setSpan(parent, root);
  let call: Span | null = null;
  const callEnded: RequestTrace['callEnded'] = (why, usage) => {
    if (call === null) return;
    if (usage !== null) call.setAttributes(usageAttributes(usage));
    if (why !== null) fail(api, call, why);
    call.end();
    call = null;
  };
  return {
    traceId: root.spanContext().traceId,
    async step(name, run) {
      const span = tracer.startSpan(name, {}, context);
      try {
        return await run();
      } catch (error) {
        fail(api, span, kindOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
    callBegins({ upstream, model, endpoint, isStream }) {
      callEnded('given_up', null);
      const operation = OPERATIONS[endpoint];
      const attributes = {
        'gen_ai.operation.name': operation,
        // The flavour of the API that upstreams speak; whose it is, is `tallygate.upstream`.
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': model,
        'gen_ai.request.stream': isStream,
        'tallygate.upstream': upstream,
      };
      const options = { kind: api.SpanKind.CLIENT, attributes };
      call = tracer.startSpan(`${operation} ${model}`, options, context);
      return headersOf(call.spanContext());
    },
    callEnded,
    end(record) {
      callEnded(record.code ?? record.outcome, null);
      tell(api, root, method, record);
      root.end();
    },
  };
}

const usageAttributes = ({ inputTokens, outputTokens, cachedTokens }: TokenUsage) => ({
  'gen_ai.usage.input_tokens': inputTokens,
  'gen_ai.usage.output_tokens': outputTokens,
  'gen_ai.usage.cache_read.input_tokens': cachedTokens,
});

function tell(api: OtelApi, root: Span, method: string, record: RequestRecord): void {
  const route = ROUTES[record.endpoint] ?? `/v1/${record.endpoint}`;
  root.updateName(`${method} ${route}`);
  root.setAttributes({
    'http.request.method': method,
    'http.route': route,
    'http.response.status_code': record.status,
    'tallygate.request_id': record.requestId,
    'tallygate.trace_id': record.traceId ?? undefined,
    'tallygate.tenant_id': record.tenantId ?? undefined,
    'tallygate.key_id': record.keyId ?? undefined,
    'tallygate.outcome': record.outcome,
    'tallygate.amount_nano': record.amountNano === null ? undefined : String(record.amountNano),
    'gen_ai.request.model': record.isModelKnown ? (record.model ?? undefined) : undefined,
  });
  if (record.code === null) return;
  root.setAttribute('error.type', record.code);
  if (record.outcome === 'failed') root.setStatus({ code: api.SpanStatusCode.ERROR });
}

/** What kind of fault it was; its message may quote anything. */
function fail(api: OtelApi, span: Span, why: string): void {
  span.setAttribute('error.type', why);
  span.setStatus({ code: api.SpanStatusCode.ERROR });
}

function kindOf(error: unknown): string {
  if (isTallygateError(error) && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : '_OTHER';
}
