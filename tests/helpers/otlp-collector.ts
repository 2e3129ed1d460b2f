import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { z } from 'zod';
import { until } from './until';

const PROGRAM = path.join(import.meta.dirname, 'collects-spans.mjs');
const KEY = 'a-key-of-the-collector';

const attributeSchema = z
  .object({ key: z.string(), value: z.record(z.string(), z.unknown()) })
  .transform(({ key, value }) => [key, Object.values(value)[0]] as const);
const attributesSchema = z
  .array(attributeSchema)
  .transform((pairs): Readonly<Record<string, unknown>> => Object.fromEntries(pairs));
const spanSchema = z.object({
  name: z.string(),
  kind: z.number(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: attributesSchema,
  status: z.object({ code: z.number().optional() }).optional(),
});
const bodiesSchema = z.array(
  z.object({
    resourceSpans: z.array(
      z.object({
        resource: z.object({ attributes: attributesSchema }),
        scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
      }),
    ),
  }),
);

export type CollectedSpan = z.infer<typeof spanSchema> & { readonly service: unknown };

/** OTLP's numbers for kinds and states of spans. */
export const KIND = { internal: 1, server: 2, client: 3 } as const;
export const STATUS_ERROR = 2;

export interface Collector {
  /** What makes a gateway send its traces here. */
  readonly env: Readonly<Record<string, string>>;
  /** All that it was sent, as text. */
  text(): Promise<string>;
  /** The spans of a trace, once the request's own is there, which is the last. */
  trace(traceId: string): Promise<readonly CollectedSpan[]>;
  close(): Promise<void>;
}

/** A collector as a process of its own, which refuses whoever lacks its key. */
export async function startCollector(): Promise<Collector> {
  const child = spawn(process.execPath, [PROGRAM], {
    env: { NODE_ENV: 'test', COLLECTOR_KEY: KEY },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  const origin = `http://127.0.0.1:${String(port).trim()}`;
  const text = async () => await (await fetch(origin)).text();
  const spans = async (): Promise<CollectedSpan[]> =>
    bodiesSchema
      .parse(JSON.parse(await text()))
      .flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ resource, scopeSpans }) =>
          scopeSpans.flatMap((scope) =>
            scope.spans.map((span) => ({ ...span, service: resource.attributes['service.name'] })),
          ),
        ),
      );
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: origin,
      OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${KEY}`,
    },
    text,
    async trace(traceId) {
      let found: CollectedSpan[] = [];
      await until(`the spans of ${traceId}`, async () => {
        found = (await spans()).filter((span) => span.traceId === traceId);
        return found.some(({ kind }) => kind === KIND.server);
      });
      return found;
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
