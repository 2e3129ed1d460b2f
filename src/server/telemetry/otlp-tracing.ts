import type { Sampler, SpanExporter } from '@opentelemetry/sdk-trace';
import { traceRequest } from './request-trace';
import type { SamplerName, Tracing } from './tracing';

export interface OtlpOptions {
  /** Of the collector; `/v1/traces` is added to its path. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly instanceId: string;
  readonly sampler: SamplerName;
  /** Share of the traces that are kept, 0 to 1; for the ratio samplers. */
  readonly ratio: number;
  readonly onFault: (cause: unknown) => void;
}

/** Beyond so many that wait for the collector, spans are dropped: requests wait for none. */
const QUEUE_SPANS_MAX = 16_384;
const BATCH_SPANS_MAX = 1_024;
const SEND_EVERY_MS = 1_000;
const LAST_SEND_MS = 3_000;

type Sdk = typeof import('@opentelemetry/sdk-trace');

/**
 * Sends spans to a collector over OTLP/HTTP, in batches and beside the requests. Loads OpenTelemetry:
 * a process that traces nothing has none of it.
 */
export async function createOtlpTracing(options: OtlpOptions): Promise<Tracing> {
  const [api, sdk, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
  ]);
  const exporter = await createExporter(options);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.serviceName,
      'service.instance.id': options.instanceId,
    }),
    sampler: samplerOf(sdk, options.sampler, options.ratio),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter,
        maxQueueSize: QUEUE_SPANS_MAX,
        maxExportBatchSize: BATCH_SPANS_MAX,
        scheduledDelayMillis: SEND_EVERY_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('tallygate');
  return {
    begin: (request) => traceRequest(api, tracer, request.method, (name) => request.header(name)),
    async close() {
      const patience = new Promise((resolve) => setTimeout(resolve, LAST_SEND_MS).unref());
      await Promise.race([provider.shutdown().catch(options.onFault), patience]);
    },
  };
}

/** The exporter, which tells nobody of its failures unless it is asked. */
async function createExporter({ endpoint, onFault }: OtlpOptions): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onFault(result.error);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush(),
  };
}

function samplerOf(sdk: Sdk, name: SamplerName, ratio: number): Sampler {
  const isByParent = name.startsWith('parentbased_');
  const root = rootSampler(sdk, name.replace('parentbased_', ''), ratio);
  return isByParent ? new sdk.ParentBasedSampler({ root }) : root;
}

function rootSampler(sdk: Sdk, name: string, ratio: number): Sampler {
  if (name === 'always_off') return new sdk.AlwaysOffSampler();
  return name === 'traceidratio'
    ? new sdk.TraceIdRatioBasedSampler(ratio)
    : new sdk.AlwaysOnSampler();
}
