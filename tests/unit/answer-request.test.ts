import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTallygateError } from '@/server/domain/errors';
import { parseAnswerRequest } from '@/server/openai/request';

const MESSAGES = [{ role: 'user', content: 'Hello' }];
const CHAT = { model: 'sim-fast', messages: MESSAGES };

const chat = (body: unknown) =>
  parseAnswerRequest('chat.completions', Buffer.from(JSON.stringify(body)));
const embed = (body: unknown) =>
  parseAnswerRequest('embeddings', Buffer.from(JSON.stringify(body)));

/** Status 400 by contract; which code, and which field is named. */
function refusal(parse: () => unknown): [string, string | null] | null {
  try {
    parse();
    return null;
  } catch (error) {
    if (!isTallygateError(error)) throw error;
    expect(error.status).toBe(400);
    return [error.code, error.param];
  }
}

describe('a body', () => {
  test.each([
    ['nothing', Buffer.from('')],
    ['cut short', Buffer.from('{"model":"a"')],
    ['two objects', Buffer.from('{}{}')],
    ['NaN', Buffer.from('{"model":"a","temperature":NaN}')],
    ['an array', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{"model":"a"}', 'utf16le')],
  ])('that is %s is no JSON object', (_what, bytes) => {
    expect(refusal(() => parseAnswerRequest('chat.completions', bytes))?.[0]).toBe('invalid_json');
  });

  test('keeps its text and the places of its fields, unknown ones too', () => {
    const text = '{ "model":"a", "messages":[{"role":"user","content":"é"}], "x_vendor":1e400 }';
    const request = parseAnswerRequest('chat.completions', Buffer.from(text));
    expect(request.text).toBe(text);
    const at = request.fields.get('x_vendor');
    expect(text.slice(at?.start, at?.end)).toBe('1e400');
  });

  test('of any bytes is read or refused with 400, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        refusal(() => parseAnswerRequest('chat.completions', bytes));
        refusal(() => parseAnswerRequest('embeddings', bytes));
      }),
    );
  });

  test('of any JSON is read or refused with 400, never anything else', () => {
    const fields = fc.dictionary(
      fc.constantFrom(
        'model',
        'messages',
        'input',
        'n',
        'stream',
        'max_tokens',
        'tools',
        'stream_options',
        'user',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    );
    fc.assert(
      fc.property(fields, (body) => {
        refusal(() => chat({ ...CHAT, ...body }));
        refusal(() => embed({ model: 'sim-embed', input: 'a', ...body }));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a chat request', () => {
  test('says what money needs to know of it', () => {
    expect(chat(CHAT)).toMatchObject({
      endpoint: 'chat.completions',
      model: 'sim-fast',
      isStream: false,
      wantsUsage: false,
      maxTokens: null,
      choices: 1,
    });
    expect(
      chat({
        ...CHAT,
        stream: true,
        n: 3,
        max_completion_tokens: 7,
        stream_options: { include_usage: true },
      }),
    ).toMatchObject({ isStream: true, wantsUsage: true, maxTokens: 7, choices: 3 });
  });

  test('null is as good as absent', () => {
    const absent = {
      stream: null,
      n: null,
      max_tokens: null,
      stream_options: null,
      tools: null,
      user: null,
    };
    expect(chat({ ...CHAT, ...absent })).toMatchObject({
      isStream: false,
      maxTokens: null,
      choices: 1,
    });
  });

  test.each([
    [{ model: undefined }, 'model'],
    [{ model: '' }, 'model'],
    [{ model: 7 }, 'model'],
    [{ model: 'm'.repeat(257) }, 'model'],
    [{ messages: undefined }, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'Hello' }, 'messages'],
    [{ messages: Array(10_001).fill(MESSAGES[0]) }, 'messages'],
    [{ messages: [...MESSAGES, 'Hello'] }, 'messages[1]'],
    [{ messages: [{ content: 'Hello' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: ['Hello'] }] }, 'messages[0].content'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: 1.5 }, 'max_tokens'],
    [{ max_tokens: '7' }, 'max_tokens'],
    [{ max_tokens: 100_000_001 }, 'max_tokens'],
    [{ max_completion_tokens: 0 }, 'max_completion_tokens'],
    [{ max_tokens: 7, max_completion_tokens: 8 }, 'max_completion_tokens'],
    [{ n: 0 }, 'n'],
    [{ n: 129 }, 'n'],
    [{ stream: 'true' }, 'stream'],
    [{ stream: 1 }, 'stream'],
    [{ stream_options: true }, 'stream_options'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ seed: '1' }, 'seed'],
    [{ logprobs: 1 }, 'logprobs'],
    [{ user: 7 }, 'user'],
    [{ tools: {} }, 'tools'],
    [{ tools: ['a'] }, 'tools'],
    [{ tools: Array(1_025).fill({}) }, 'tools'],
  ])('a wrong field is named: %j', (fields, param) => {
    expect(refusal(() => chat({ ...CHAT, ...fields }))).toEqual(['invalid_field', param]);
  });

  test('figures that JSON can say and money cannot are refused', () => {
    const bodies = ['1e400', '-1e400', '9007199254740993', '1e15', '0.1', '-0.5'].map(
      (figure) => `{"model":"a","messages":[{"role":"user"}],"max_tokens":${figure}}`,
    );
    for (const body of bodies) {
      const parse = () => parseAnswerRequest('chat.completions', Buffer.from(body));
      expect(refusal(parse)).toEqual(['invalid_field', 'max_tokens']);
    }
  });

  test('the same bound under both names is one bound', () => {
    expect(chat({ ...CHAT, max_tokens: 7, max_completion_tokens: 7 }).maxTokens).toBe(7);
  });

  test.each([undefined, null, '', 'Hello', [], [{ type: 'text', text: 'Hello' }]])(
    'a message may have the content %j',
    (content) => {
      expect(
        refusal(() => chat({ ...CHAT, messages: [{ role: 'assistant', content }] })),
      ).toBeNull();
    },
  );
});

describe('an embedding request', () => {
  test.each([['text'], [['a', 'b']], [[1, 2, 3]], [[[1], [2, 3]]]])(
    'takes the input %j',
    (input) => {
      expect(embed({ model: 'sim-embed', input })).toMatchObject({
        endpoint: 'embeddings',
        isStream: false,
        maxTokens: null,
        choices: 1,
      });
    },
  );

  test.each([
    [undefined],
    [null],
    [''],
    [[]],
    [['']],
    [[[]]],
    [['a', 1]],
    [[1.5]],
    [[['a']]],
    [{}],
    [Array(2_049).fill('a')],
  ])('refuses the input %j', (input) => {
    expect(refusal(() => embed({ model: 'sim-embed', input }))).toEqual(['invalid_field', 'input']);
  });
});
