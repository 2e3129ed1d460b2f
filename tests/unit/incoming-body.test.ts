import { beforeEach, describe, expect, test } from 'vitest';
import { IncomingBody } from '@/server/upstream/incoming-body';

const bytes = (text: string): Uint8Array => Buffer.from(text);

let told: string[];
let body: IncomingBody;
beforeEach(() => {
  told = [];
  const source = {
    pause: () => void told.push('pause'),
    resume: () => void told.push('resume'),
    abort: () => void told.push('abort'),
  };
  body = new IncomingBody(source, () => void told.push('end'));
});

async function read(): Promise<string | null> {
  const next = await body.next();
  return next.done === true ? null : Buffer.from(next.value).toString();
}

describe('the body of a reply', () => {
  test('gives what came in since the last read in one piece, and ends', async () => {
    body.push(bytes('a'));
    body.push(bytes('b'));
    expect(await read()).toBe('ab');
    const waiting = read();
    body.push(bytes('c'));
    expect(await waiting).toBe('c');
    body.push(bytes('d'));
    body.end(null);
    expect(await read()).toBe('d');
    expect(await read()).toBeNull();
    expect(told).toEqual(['end']);
  });

  test('gives a reader that waits all that came at once', async () => {
    const waiting = read();
    for (const text of ['a', 'b', 'c']) body.push(bytes(text));
    body.end(new Error('broke'));
    expect(await waiting).toBe('abc');
    await expect(read()).rejects.toThrow('broke');
  });

  test('gives a reader that left before its piece was handed over nothing', async () => {
    const waiting = read();
    body.push(bytes('a'));
    await body.return();
    expect(await waiting).toBeNull();
  });

  test('wakes a reader that waits for its end', async () => {
    const waiting = read();
    body.end(null);
    expect(await waiting).toBeNull();
  });

  test('gives every byte before its error', async () => {
    body.push(bytes('a'));
    body.end(new Error('broke'));
    expect(await read()).toBe('a');
    await expect(read()).rejects.toThrow('broke');
  });

  test('pauses an upstream whose reader falls behind, loses nothing, and goes on', async () => {
    const piece = Buffer.alloc(60_000, 'x');
    for (let count = 0; count < 10; count += 1) body.push(piece);
    expect(told).toEqual(['pause']);
    let length = 0;
    while (!told.includes('resume')) length += (await read())?.length ?? 0;
    expect(length).toBeGreaterThan(300_000);
    body.end(null);
    for (let text = await read(); text !== null; text = await read()) {
      expect(text.length).toBeLessThanOrEqual(65_536);
      length += text.length;
    }
    expect(length).toBe(600_000);
  });

  test('whose reader leaves closes the connection, and only where the reply is not whole', async () => {
    body.push(bytes('a'));
    await body.return();
    expect(told).toEqual(['abort', 'end']);
    expect(await read()).toBeNull();
    body.push(bytes('late'));
    expect(await read()).toBeNull();
    await body.return();
    expect(told).toEqual(['abort', 'end']);
  });
});
