/** One kind of load. */
export interface Scenario {
  readonly name: ScenarioName;
  readonly title: string;
  readonly model: string;
  readonly isStream: boolean;
  readonly connections: number;
  /** Left out of the quick run. */
  readonly isForFullOnly: boolean;
}

export type ScenarioName = 'plain' | 'plain-50ms' | 'sse' | 'sse-paced' | 'one-stream';

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'plain',
    title: 'plain JSON, upstream at 0 ms, 32 connections',
    model: 'sim-bench',
    isStream: false,
    connections: 32,
    isForFullOnly: false,
  },
  {
    name: 'plain-50ms',
    title: 'plain JSON, upstream at 50 ms, 32 connections',
    model: 'sim-bench-50ms',
    isStream: false,
    connections: 32,
    isForFullOnly: true,
  },
  {
    name: 'sse',
    title: 'SSE of 100 chunks, all at once, 32 streams',
    model: 'sim-bench',
    isStream: true,
    connections: 32,
    isForFullOnly: false,
  },
  {
    name: 'sse-paced',
    title: 'SSE of 100 chunks, a turn of the event loop each, 32 streams',
    model: 'sim-bench-paced',
    isStream: true,
    connections: 32,
    isForFullOnly: true,
  },
  {
    name: 'one-stream',
    title: 'SSE of 100 chunks, one stream at a time',
    model: 'sim-bench-paced',
    isStream: true,
    connections: 1,
    isForFullOnly: false,
  },
];

/** The request as it goes over the wire, the same for every subject but for its own headers. */
export function requestText(
  { model, isStream }: Scenario,
  { path, headers }: { readonly path: string; readonly headers: Readonly<Record<string, string>> },
): string {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'Tell me about the sea.' }],
    max_tokens: 100,
    ...(isStream ? { stream: true } : {}),
  });
  const lines = [
    `POST ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
