import { describe, expect, it } from 'vitest';
import { createLineCounter } from '@/components/data/csv-download';
import { type CsvCell, csvLine, usd } from '@/server/api/csv/cells';
import { csvStream } from '@/server/api/csv/stream';

const textOf = (cells: readonly CsvCell[]) => csvLine(cells).replace(/\r\n$/, '');

describe('a cell of a CSV', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x'])(
    'that begins like a formula, %j, is text to a spreadsheet',
    (text) => {
      expect(textOf([text]).replace(/^"/, '').startsWith("'")).toBe(true);
      expect(textOf([`safe ${text}`]).includes("'")).toBe(false);
    },
  );

  it('begins no formula after a semicolon either, which is where cells end in half of Europe', () => {
    expect(textOf(['a;=1+1;-b; +c;d'])).toBe("a;'=1+1;'-b; +c;d");
    expect(textOf(['a,;@x'])).toBe(`"a,;'@x"`);
  });

  it('keeps commas, quotes and line breaks within itself', () => {
    expect(textOf(['a,b', 'say "hi"', 'two\nlines', 'plain'])).toBe(
      '"a,b","say ""hi""","two\nlines",plain',
    );
    expect(textOf(['=cmd|"x",1'])).toBe(`"'=cmd|""x"",1"`);
  });

  it('holds money as exact decimals that add up, the negative too', () => {
    expect(textOf([usd(-1n), usd(9_000_000_000_000_000n), usd(1_500_000_000n)])).toBe(
      '-0.000000001,9000000.00,1.50',
    );
  });

  it('is empty for null, and says instants in UTC', () => {
    expect(textOf([null, 0, false, new Date(0)])).toBe(',0,false,1970-01-01T00:00:00.000Z');
  });
});

/** Batches of single numbers; notes how many were asked for and whether the asking was ended. */
function source(batches: number, failsAt = Number.POSITIVE_INFINITY) {
  const seen = { asked: 0, isEnded: false };
  async function* rows() {
    try {
      for (let at = 0; at < batches; at += 1) {
        seen.asked += 1;
        if (at === failsAt) throw new Error('the ledger is away');
        yield [at];
      }
    } finally {
      seen.isEnded = true;
    }
  }
  const stream = csvStream({ head: ['n'], batches: rows(), cellsOf: (n: number) => [n] });
  return { seen, stream };
}

describe('a CSV of any size', () => {
  it('begins with a byte order mark and its head, and has every row once', async () => {
    const bytes = await new Response(source(3).stream).bytes();
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(new TextDecoder().decode(bytes)).toBe('n\r\n0\r\n1\r\n2\r\n');
    expect(await new Response(source(0).stream).text()).toBe('n\r\n');
  });

  it('goes on over batches in which nothing matched', async () => {
    async function* sparse() {
      yield* [[], [], [1], [], [2], []];
    }
    const stream = csvStream({ head: ['n'], batches: sparse(), cellsOf: (n: number) => [n] });
    expect(await new Response(stream).text()).toBe('n\r\n1\r\n2\r\n');
  });

  it('reads no further than a batch ahead of who takes it', async () => {
    const { stream, seen } = source(1_000);
    const reader = stream.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.asked).toBeLessThanOrEqual(3);
    await reader.cancel();
  });

  it('stops reading when who takes it leaves', async () => {
    const { stream, seen } = source(1_000);
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel();
    expect(seen.isEnded).toBe(true);
    expect(seen.asked).toBeLessThanOrEqual(3);
  });

  it('breaks off where a batch fails, so that half a file does not look whole', async () => {
    await expect(new Response(source(3, 2).stream).text()).rejects.toThrow();
  });
});

describe('the lines of a CSV that comes in pieces', () => {
  it('are counted across pieces, a break within quotes not', () => {
    const count = createLineCounter();
    const encoder = new TextEncoder();
    expect(count(encoder.encode('n,note\r\n1,"two'))).toBe(1);
    expect(count(encoder.encode('\nlines"" of it"\r'))).toBe(1);
    expect(count(encoder.encode('\n2,x\r\n'))).toBe(3);
  });
});
