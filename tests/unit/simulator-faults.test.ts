import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Script } from '../../tools/simulator/script';
import { type Simulator, startSimulator } from '../../tools/simulator/server';
import {
  type CallOptions,
  chunksOf,
  completionSchema,
  dataOf,
  errorSchema,
  parse,
  post,
  textOfChunks,
  until,
} from './simulator-client';

const messages = [{ role: 'user', content: 'Tell me about lighthouses.' }];
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ pace: 0 });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

/** Headers carry ASCII only. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** One request under a script, given by the header. */
function scripted(script: Script, body: object = {}, options: CallOptions = {}) {
  const headers = { 'x-sim-script': asciiJson(script), ...options.headers };
  const all = { model: 'sim-fast', messages, ...body };
  return post(`${simulator.url}/chat/completions`, all, { ...options, headers });
}
const streamed = (script: Script, body: object = {}, options: CallOptions = {}) =>
  scripted(script, { stream: true, ...body }, options);
const withUsage = { stream_options: { include_usage: true } };

test('a status with its headers and body, by header, by message and by queue', async () => {
  const script = { status: 429, headers: { 'retry-after': '3' } };
  const content = `Hi [[sim: ${JSON.stringify(script)}]] there`;
  simulator.script({ script, times: 1 });
  const replies = [
    await scripted({}),
    await scripted({}, { messages: [{ role: 'user', content }] }),
    await scripted(script),
  ];
  for (const reply of replies) {
    expect(reply.status).toBe(429);
    expect(reply.headers['retry-after']).toBe('3');
    expect(parse(errorSchema, reply.body).error.code).toBe('rate_limit_exceeded');
  }
  const own = await scripted({ status: 503, errorBody: 'upstream is asleep' });
  expect([own.status, own.body.toString()]).toEqual([503, 'upstream is asleep']);
});

test('a script that cannot be read is refused, not ignored', async () => {
  const reply = await scripted({}, {}, { headers: { 'x-sim-script': '{"dieAfterTokns":1}' } });
  expect(parse(errorSchema, reply.body).error.code).toBe('invalid_sim_script');
});

test('redirect, closeBeforeHeaders, dropAfterHeaders', async () => {
  const moved = await scripted({ redirect: 'http://127.0.0.1:9/v1' });
  expect([moved.status, moved.headers.location]).toEqual([302, 'http://127.0.0.1:9/v1']);
  await expect(scripted({ closeBeforeHeaders: true })).rejects.toThrow('socket hang up');
  const dropped = await streamed({ dropAfterHeaders: true });
  expect(dropped).toMatchObject({ status: 200, whole: false });
  expect(dropped.body).toHaveLength(0);
  expect(dropped.headers['content-type']).toBe('text/event-stream');
});

test('dieAfterTokens breaks a stream off after exactly those tokens', async () => {
  const reply = await streamed({ dieAfterTokens: 7, outputTokens: 30 });
  expect(reply.whole).toBe(false);
  expect(dataOf(reply.body)).toHaveLength(1 + 7);
  await until(() => simulator.stats().cutRequests === 1);
  expect(simulator.stats()).toMatchObject({ abortedRequests: 0, openRequests: 0 });
  expect(simulator.stats().requests[0]?.sentTokens).toBe(7);
});

test('dieAfterTokens breaks a plain body off in its middle', async () => {
  const reply = await scripted({ dieAfterTokens: 10, outputTokens: 20 });
  expect(reply.whole).toBe(false);
  const announced = Number(reply.headers['content-length']);
  expect(reply.body.length).toBe(Math.floor(announced / 2));
});

test('a hanging stream ends only when the client leaves, and that is counted', async () => {
  const client = new AbortController();
  const onData = (soFar: string) => {
    if (dataOf(soFar).length === 1 + 4) client.abort();
  };
  const reply = await streamed({ hangAfterTokens: 4 }, {}, { signal: client.signal, onData });
  expect(reply.whole).toBe(false);
  await until(() => simulator.stats().abortedRequests === 1);
  expect(simulator.stats().requests[0]).toMatchObject({ outcome: 'aborted', sentTokens: 4 });
});

test('a client that leaves stops the generation at once', async () => {
  const client = new AbortController();
  const script = { outputTokens: 5000, perTokenMs: 2 };
  await streamed(script, {}, { signal: client.signal, onData: () => client.abort() });
  await until(() => simulator.stats().openRequests === 0);
  const { sentTokens } = simulator.stats().requests[0] ?? {};
  expect(sentTokens).toBeLessThan(500);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(simulator.stats().requests[0]?.sentTokens).toBe(sentTokens);
});

test('a client that does not read stops the generation by backpressure', async () => {
  const reply = await fetch(`${simulator.url}/chat/completions`, {
    method: 'POST',
    headers: { 'x-sim-script': JSON.stringify({ outputTokens: 60_000 }) },
    body: JSON.stringify({ model: 'sim-fast', stream: true, messages }),
  });
  let sent = -1;
  const settled = () => {
    const now = simulator.stats().requests[0]?.sentTokens ?? 0;
    const still = now > 0 && now === sent;
    sent = now;
    return still;
  };
  await new Promise((resolve) => setTimeout(resolve, 300));
  await until(settled);
  expect(sent).toBeLessThan(60_000);
  await reply.body?.cancel();
  await until(() => simulator.stats().abortedRequests === 1);
});

test('usage left out, lied about in any form, or in the last choice chunk', async () => {
  const none = JSON.parse((await scripted({ noUsage: true })).body.toString());
  expect(none).not.toHaveProperty('usage');
  expect(
    chunksOf((await streamed({ noUsage: true }, withUsage)).body).at(-1)?.choices,
  ).toHaveLength(1);

  const lie = { prompt_tokens: -5, completion_tokens: 'NaN', total_tokens: 9e15 };
  expect(JSON.parse((await scripted({ usage: lie })).body.toString()).usage).toEqual(lie);
  const raw = await streamed({ usageRaw: '{"prompt_tokens":1e400}' }, withUsage);
  expect(dataOf(raw.body).at(-2)).toMatch(/"usage":\{"prompt_tokens":1e400\}\}$/);

  const early = chunksOf((await streamed({ usageInLastChoiceChunk: true }, withUsage)).body);
  expect(early.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  expect(early.at(-1)?.usage?.completion_tokens).toBeGreaterThan(0);
});

test('scripted text is sent as it is and counted as it is; reasoning and cache are reported', async () => {
  const text = '灯塔 says: don’t wait. 👩‍🚀';
  const script = { text, reasoningTokens: 400, cachedTokens: 6 };
  const { choices, usage } = parse(
    completionSchema,
    (await scripted(script, { max_tokens: 2 })).body,
  );
  expect(choices[0]?.message.content).toBe(text);
  expect(usage.completion_tokens_details.reasoning_tokens).toBe(400);
  expect(usage.prompt_tokens_details.cached_tokens).toBe(6);
  expect(textOfChunks(chunksOf((await streamed({ text })).body))).toBe(text);
});

test('noDone leaves [DONE] out; errorAfterTokens ends a stream with an error event', async () => {
  const silent = await streamed({ noDone: true, outputTokens: 3 });
  expect(silent.whole).toBe(true);
  expect(dataOf(silent.body).at(-1)).toContain('"finish_reason":"stop"');
  const failed = dataOf((await streamed({ errorAfterTokens: 2 })).body);
  expect(failed).toHaveLength(1 + 2 + 1);
  expect(failed.at(-1)).toContain('"error"');
});

test('rubbish of each kind arrives, and the stream goes on after it', async () => {
  const rest = (body: Buffer) => dataOf(body).at(-1);
  const utf8 = await streamed({ rubbishAfterTokens: 2, rubbish: 'utf8' });
  expect(utf8.body.includes(Buffer.from([0xff, 0xfe]))).toBe(true);
  const long = await streamed({
    rubbishAfterTokens: 2,
    rubbish: 'oversized',
    rubbishBytes: 300_000,
  });
  expect(dataOf(long.body).filter((data) => data.length === 300_000)).toHaveLength(1);
  const json = await streamed({ rubbishAfterTokens: 0, rubbish: 'json' });
  expect(() => chunksOf(json.body)).toThrow();
  const all = await streamed({ rubbishAfterTokens: 2, rubbish: 'all', rubbishBytes: 10 });
  expect(all.body.toString()).toContain('this is not an event');
  for (const reply of [utf8, long, json, all]) expect(rest(reply.body)).toBe('[DONE]');
  const plain = await scripted({ rubbishAfterTokens: 2 });
  expect(plain.whole).toBe(true);
  expect(() => JSON.parse(plain.body.toString())).toThrow();
});

test('line ends, cuts at arbitrary bytes and joined events do not change what is said', async () => {
  const said = (body: Buffer | string) => textOfChunks(chunksOf(Buffer.from(body.toString())));
  const script: Script = { language: 'zh', outputTokens: 12 };
  const expected = said((await streamed(script)).body);
  const cr = (await streamed({ ...script, crOnlyLineEnds: true })).body.toString();
  expect(cr).not.toContain('\n');
  expect(said(cr.replaceAll('\r', '\n'))).toBe(expected);
  const crlf = (await streamed({ ...script, crlf: true })).body.toString();
  expect(said(crlf.replaceAll('\r\n', '\n'))).toBe(expected);
  const tiny = await streamed({ ...script, chunkBytes: 7 });
  expect(said(tiny.body)).toBe(expected);
  expect(Math.max(...tiny.reads.map((read) => read.length))).toBe(7);
  const joined = await streamed({ ...script, coalesce: 5 });
  expect(said(joined.body)).toBe(expected);
  expect(dataOf(joined.reads[0] ?? Buffer.alloc(0))).toHaveLength(5);
});

test('the pace is kept: first token, then each', async () => {
  const times: number[] = [];
  const start = performance.now();
  const onData = () => times.push(performance.now() - start);
  await streamed({ ttftMs: 80, perTokenMs: 20, outputTokens: 6 }, {}, { onData });
  expect(times[0]).toBeGreaterThanOrEqual(79);
  expect(times.at(-1)).toBeGreaterThanOrEqual(80 + 6 * 20 - 2);
  const before = performance.now();
  await scripted({ ttftMs: 40, perTokenMs: 10, outputTokens: 6 });
  expect(performance.now() - before).toBeGreaterThanOrEqual(98);
});

test('the control API queues by model, counts down, and shows what was asked', async () => {
  const root = simulator.url.replace(/\/v1$/, '');
  const queued = { script: { status: 500 }, times: 2, model: 'sim-standard' };
  expect((await post(`${root}/__sim/script`, queued)).status).toBe(200);
  const status = async (model: string) => (await scripted({}, { model })).status;
  expect(await status('sim-fast')).toBe(200);
  expect([await status('sim-standard'), await status('sim-standard')]).toEqual([500, 500]);
  expect(await status('sim-standard')).toBe(200);
  const bad = await post(`${root}/__sim/script`, { script: { nonsense: 1 } });
  expect(bad.status).toBe(400);
  const untyped = await post(`${root}/__sim/script`, queued, {
    headers: { 'content-type': 'text/plain' },
  });
  expect(untyped.status).toBe(415);

  const body = JSON.stringify({ model: 'm', max_tokens: 9, messages });
  const headers = { 'x-trace-id': 't-1', authorization: 'Bearer x' };
  await post(`${simulator.url}/chat/completions`, body, { headers });
  const stats = await (await fetch(`${root}/__sim/stats`)).json();
  expect(stats.requestsByPath).toEqual({ '/v1/chat/completions': 5 });
  expect(stats.requests.at(-1)).toMatchObject({
    model: 'm',
    stream: false,
    maxTokens: 9,
    traceHeaders: { 'x-trace-id': 't-1' },
    hasAuthorization: true,
    bodySha256: createHash('sha256').update(body).digest('hex'),
    outcome: 'finished',
  });
  await post(`${root}/__sim/reset`, {});
  expect(simulator.stats().requests).toEqual([]);
});
