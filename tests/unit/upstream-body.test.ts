import { describe, expect, test } from 'vitest';
import { type OutputCap, upstreamBody } from '@/server/gateway/upstream-body';
import { parseAnswerRequest } from '@/server/openai/request';
import { routeTo } from '../helpers/route';

const ROUTE = routeTo('http://127.0.0.1:1/v1', { modelName: '*' });
const MESSAGES = '"messages":[{"role":"user","content":"Hi"}]';

const sent = (text: string, route = ROUTE, cap: OutputCap | null = null) =>
  upstreamBody(parseAnswerRequest('chat.completions', Buffer.from(text)), route, cap);

describe('the body that the upstream gets', () => {
  test('is the client’s own text where nothing has to change', () => {
    const text = ` { "model" : "m", ${MESSAGES}, "x_vendor": {"seed": 1e400, "a": 12345678901234567890} }`;
    expect(sent(text)).toBe(text);
  });

  test('has the upstream’s name of the model, and every other byte as it came', () => {
    const text = `{"model" : "m" , ${MESSAGES},"x":1.10}`;
    expect(sent(text, { ...ROUTE, modelName: 'vendor/"m"' })).toBe(
      text.replace('"m"', '"vendor/\\"m\\""'),
    );
  });

  test.each(['max_tokens', 'max_completion_tokens'] as const)('caps the output by %s', (name) => {
    const body = JSON.parse(sent(`{"model":"m",${MESSAGES}}`, ROUTE, { name, tokens: 300 }));
    expect(body).toEqual({ model: 'm', messages: [expect.anything()], [name]: 300 });
  });

  test('of a stream asks for its usage, and keeps the other options', () => {
    const plain = JSON.parse(sent(`{"model":"m",${MESSAGES},"stream":true}`));
    expect(plain.stream_options).toEqual({ include_usage: true });
    const options = '"stream_options":{"x":1,"include_usage":false}';
    const given = JSON.parse(sent(`{"model":"m",${MESSAGES},"stream":true,${options}}`));
    expect(given.stream_options).toEqual({ x: 1, include_usage: true });
  });

  test('of a stream whose client asks for usage itself is left alone', () => {
    const text = `{"model":"m",${MESSAGES},"stream":true,"stream_options":{"include_usage":true}}`;
    expect(sent(text)).toBe(text);
  });

  test('of a plain request asks for nothing that it cannot have', () => {
    expect(JSON.parse(sent(`{"model":"m",${MESSAGES}}`))).not.toHaveProperty('stream_options');
  });
});
