import { describe, expect, it } from 'vitest';
import { readOptions } from '../../tools/soak/options';
import { type Evidence, judge } from '../../tools/soak/verdict';
import type { Reading } from '../../tools/soak/watch/reading';

const MB = 1_048_576;
const NONE = { count: 0, entries: 0, largest: 0 };

const reading = (fields: Partial<Reading> = {}): Reading => ({
  requests: 10_000,
  heapBytes: 60 * MB,
  externalBytes: 20 * MB,
  rssBytes: 200 * MB,
  descriptors: 100,
  resources: 120,
  maps: NONE,
  sets: NONE,
  redisBytes: 0,
  redisKeys: 0,
  databaseBytes: 0,
  spoolFiles: 0,
  logBytes: 0,
  ...fields,
});

const books = {
  broken: [],
  delivered: 700,
  committed: 750,
  pending: 0,
  spooled: 0,
  immortalKeys: 0,
};

const evidence = (last: Partial<Reading>, fields: Partial<Evidence> = {}): Evidence => ({
  first: reading(),
  last: reading({ requests: 1_000_000, ...last }),
  books,
  unexpected: new Map(),
  ...fields,
});

describe('a soak', () => {
  it('holds where the process is as it was', () => {
    expect(judge(evidence({ heapBytes: 65 * MB, descriptors: 130 }))).toEqual([]);
  });

  it.each([
    ['the heap', { heapBytes: 67 * MB }, 'heap grew to 1.12'],
    ['its buffers', { externalBytes: 40 * MB }, 'Buffers grew'],
    ['its sockets', { descriptors: 200 }, 'open descriptors grew from 100 to 200'],
    ['its timers', { resources: 300 }, 'open resources grew from 120 to 300'],
  ])('fails where %s grew', (_, last, sentence) => {
    expect(judge(evidence(last))).toEqual([expect.stringContaining(sentence)]);
  });

  it.each([
    ['an invariant does not hold', { broken: ['ledger_adds_up'] }, 'ledger_adds_up'],
    ['an answer has no charge', { delivered: 800 }, '800 answers were delivered, 750'],
    ['a charge is still open', { pending: 1 }, '1 charges are still open'],
    ['something waits on the spool', { spooled: 2 }, '2 files are still on the spool'],
    ['a key would live for ever', { immortalKeys: 3 }, '3 keys in Redis never expire'],
  ])('fails where %s', (_, wrong, sentence) => {
    const found = judge(evidence({}, { books: { ...books, ...wrong } }));
    expect(found).toEqual([expect.stringContaining(sentence)]);
  });

  it('fails where one request in a thousand ended otherwise than it should', () => {
    const strange = (count: number) =>
      evidence({}, { unexpected: new Map([['plain: 500', count]]) });
    expect(judge(strange(1_000))).toEqual([]);
    expect(judge(strange(1_001))).toEqual(['1001 requests ended otherwise than they should.']);
  });
});

describe('the options of a soak', () => {
  it('are a million requests and twenty readings, unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ requests: 1_000_000, warmUp: 10_000, every: 49_500 });
    expect(
      readOptions(['--requests', '3000', '--warm-up', '1000', '--every', '500']),
    ).toMatchObject({
      requests: 3_000,
      warmUp: 1_000,
      every: 500,
    });
  });

  it('that make no sense are refused with a sentence', () => {
    expect(() => readOptions(['--users', '0'])).toThrow('--users must be a whole number from 1 on');
    expect(() => readOptions(['--requests', '100'])).toThrow('--warm-up must be less');
  });
});
