import { describe, expect, test } from 'vitest';
import { readRequestFault } from '@/server/upstream/request-fault';
import { routeTo } from '../helpers/route';

const ROUTE = routeTo('https://api.secret-host.example:8443/v1', {
  apiKey: 'sk-planted-upstream-key',
});

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
const faultIn = (body: unknown) =>
  readRequestFault(pieces(typeof body === 'string' ? body : JSON.stringify(body)), ROUTE);
const read = async (body: unknown) => (await faultIn(body)).message;

describe('what an upstream says is wrong', () => {
  test.each([
    [{ error: { message: 'max_tokens is too large' } }, 'max_tokens is too large'],
    [{ error: 'no such field' }, 'no such field'],
    [{ error: { message: 'two\n\nlines\tand more' } }, 'two lines and more'],
  ])('%j is told', async (body, message) => {
    expect(await read(body)).toBe(message);
  });

  test.each([
    ['<html>502</html>'],
    [''],
    [{}],
    [[]],
    [null],
    [{ error: null }],
    [{ error: {} }],
    [{ error: { message: 7 } }],
    [{ message: 'x' }],
  ])('%j says nothing', async (body) => {
    expect(await read(body)).toBe('');
  });

  test.each(['temperature', 'messages[0].content', 'response_format.json_schema', '_x'])(
    'names the field at fault: %s',
    async (param) => {
      expect(await faultIn({ error: { message: 'no', param } })).toMatchObject({ param });
    },
  );

  test.each([
    undefined,
    null,
    7,
    '',
    'two words',
    'a\r\nb',
    'sk-planted-upstream-key',
    'api.secret-host.example',
    'x'.repeat(101),
  ])('names no field by %j', async (param) => {
    expect(await faultIn({ error: { message: 'no', param } })).toMatchObject({ param: null });
  });

  test('tells apart that the request is too long, and hands no other code on', async () => {
    const isTooLong = async (code: unknown) => (await faultIn({ error: { code } })).isTooLong;
    expect(await isTooLong('context_length_exceeded')).toBe(true);
    for (const code of [undefined, null, 'unsupported_value']) {
      expect(await isTooLong(code)).toBe(false);
    }
  });

  test('comes without our key, host or address, however they are woven in', async () => {
    const message = await read({
      error: {
        message:
          'Bad key sk-planted-upstream-key at https://api.secret-host.example:8443/v1/chat/completions, see http://10.0.0.7/help or api.secret-host.example, org-Ab12Cd, key-*****1234',
      },
    });
    for (const secret of ['planted', 'secret-host', '8443', '10.0.0.7', 'org-Ab12Cd', '1234']) {
      expect(message).not.toContain(secret);
    }
    expect(message).toContain('Bad key');
  });

  test('is short, on one line, and read in pieces', async () => {
    const body = JSON.stringify({ error: { message: 'x '.repeat(5_000) } });
    const { message } = await readRequestFault(pieces(body.slice(0, 40), body.slice(40)), ROUTE);
    expect(message.length).toBeLessThanOrEqual(500);
    expect(message).not.toMatch(/[\r\n]/);
  });

  test('a megabyte of it is not read to the end', async () => {
    let read = 0;
    const endless = async function* () {
      for (; read < 1_000; read += 1) yield Buffer.alloc(1_024, 'x');
    };
    expect((await readRequestFault(endless(), ROUTE)).message).toBe('');
    expect(read).toBeLessThan(100);
  });

  test('a body that breaks off says nothing', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"error":');
      throw new Error('socket hang up');
    };
    expect((await readRequestFault(broken(), ROUTE)).message).toBe('');
  });

  test('a key that is a part of every word costs no time', async () => {
    const from = performance.now();
    await readRequestFault(
      pieces(JSON.stringify({ error: { message: 'sk-'.repeat(20_000) } })),
      ROUTE,
    );
    await readRequestFault(
      pieces(JSON.stringify({ error: { message: ' '.repeat(60_000) } })),
      ROUTE,
    );
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});
