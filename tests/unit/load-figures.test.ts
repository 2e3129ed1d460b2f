import { describe, expect, it } from 'vitest';
import { faultOf, surplusOf } from '../../tools/load/charges';
import { Closers } from '../../tools/load/closers';
import { quantileOf, readBuckets, since } from '../../tools/load/histogram';
import {
  isShort,
  type MachineUse,
  MachineWatch,
  machineLines,
  parseRunTimes,
  waitingShare,
} from '../../tools/load/machine';
import { readOptions } from '../../tools/load/options';
import { exitCodeOf } from '../../tools/load/verdict';

const ANSWER = { apiKey: 'tg-x', traceId: 'trace-1', costNano: '42' };

const text = `# TYPE billing_duration_ms histogram
billing_duration_ms_bucket{le="1"} 50
billing_duration_ms_bucket{le="2"} 100
billing_duration_ms_bucket{le="+Inf"} 100
billing_duration_ms_sum 90
redis_lua_script_duration_ms_bucket{le="1",script="hold"} 7
`;

describe('the times of a load', () => {
  it('are read from the metrics, linear within a bucket', () => {
    const buckets = readBuckets(text, 'billing_duration_ms');
    expect(buckets.map(({ count }) => count)).toEqual([50, 100, 100]);
    expect(quantileOf(buckets, 0.5)).toBe(1);
    expect(quantileOf(buckets, 0.75)).toBe(1.5);
  });

  it('are those since it began', () => {
    const before = [
      { bound: 1, count: 40 },
      { bound: 2, count: 40 },
    ];
    const after = [
      { bound: 1, count: 40 },
      { bound: 2, count: 50 },
    ];
    expect(quantileOf(since(before, after), 0.5)).toBe(1.5);
    expect(since([], after)).toEqual(after);
  });

  it('are never good where nothing was measured, nor above the last bound', () => {
    expect(quantileOf([], 0.99)).toBe(Number.POSITIVE_INFINITY);
    expect(quantileOf(readBuckets(text, 'no_such_metric'), 0.99)).toBe(Number.POSITIVE_INFINITY);
    const beyond = [
      { bound: 1, count: 1 },
      { bound: Number.POSITIVE_INFINITY, count: 100 },
    ];
    expect(quantileOf(beyond, 0.99)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the machine of a load', () => {
  const idle: MachineUse = { cores: 2, busyShare: 0.4, lateP99Ms: 2, waitingShare: 0.03 };

  it('had enough left: the times are the gateway’s', () => {
    expect(isShort(idle)).toBe(false);
    expect(isShort({ ...idle, waitingShare: null })).toBe(false);
    expect(machineLines(idle)).toEqual([
      "the machine: 2 cores, 40 % busy; the gateway waited for a core 3 %; this process's timers late by 2.0 ms at p99",
    ]);
  });

  it.each([
    ['its cores were full', { busyShare: 0.97 }],
    ['the load itself was late', { lateP99Ms: 45 }],
    ['the gateway waited for a core', { waitingShare: 0.3 }],
  ])('is said to be short where %s', (_, fields) => {
    expect(machineLines({ ...idle, ...fields }).at(-1)).toContain('The machine was short');
  });

  it('tells how long a process waited for a core', () => {
    const [before, after] = ['100 50 2', '400 150 9'].map(parseRunTimes);
    if (before === undefined || after === undefined) throw new Error('nothing parsed');
    expect(waitingShare(before, after)).toBe(0.25);
  });

  it('is seen busy while this process works', () => {
    const watch = new MachineWatch(process.pid);
    for (const until = Date.now() + 300; Date.now() < until; );
    expect(watch.end().busyShare).toBeGreaterThan(0);
  });
});

describe('what a load started', () => {
  it('is ended once, the last first, and whoever asks again waits for that end', async () => {
    const closers = new Closers();
    const ended: string[] = [];
    closers.add(() => ended.push('database'));
    closers.add(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ended.push('gateway');
    });
    void closers.close();
    await closers.close();
    expect(ended).toEqual(['gateway', 'database']);
  });
});

describe('charges after a load', () => {
  const seen = (answers: number, errors: number) => ({
    answers: Array.from({ length: answers }, (_, at) => ({ ...ANSWER, traceId: `trace-${at}` })),
    tookMs: [],
    errors: new Map([['cut short', errors]]),
  });

  it('are never more than the requests', () => {
    expect(surplusOf([seen(3, 0), seen(5, 2)], 10)).toBeNull();
    expect(surplusOf([seen(3, 0), seen(5, 2)], 11)).toBe('11 charges for 10 requests');
  });
});

describe('a charge after a load', () => {
  const answer = ANSWER;

  it('is right when it is committed, at what the reply said', () => {
    expect(faultOf(answer, 200, '{"status":"COMMITTED","amount":"42"}')).toBeNull();
    const streamed = { ...answer, costNano: null };
    expect(faultOf(streamed, 200, '{"status":"COMMITTED","amount":"7"}')).toBeNull();
  });

  it('is wrong when it is missing, open, or another amount', () => {
    expect(faultOf(answer, 404, '')).toContain('status 404');
    expect(faultOf(answer, 200, '{"status":"PENDING","amount":"0"}')).toContain('PENDING');
    expect(faultOf(answer, 200, '{"status":"COMMITTED","amount":"43"}')).toContain('charged 43');
  });
});

describe('the exit code of a load', () => {
  it('is 0 for right charges below 100 ms, and 1 for one wrong, at 100 ms, or without an answer', () => {
    const good = { answers: 1, faults: 0, p99Ms: 99.9 };
    expect(exitCodeOf(good)).toBe(0);
    for (const bad of [{ faults: 1 }, { p99Ms: 100 }, { p99Ms: Number.NaN }, { answers: 0 }]) {
      expect(exitCodeOf({ ...good, ...bad })).toBe(1);
    }
  });
});

describe('the options of the load', () => {
  it('are 100 users for five minutes unless said otherwise', () => {
    expect(readOptions([])).toMatchObject({ users: 100, forMs: 300_000, thinkMs: 1_000 });
    expect(readOptions(['--minutes', '0.5']).forMs).toBe(30_000);
    expect(() => readOptions(['--users', '0'])).toThrow('--users must be a number above 0');
  });

  it('take a running instance only with a key of it', () => {
    const { target } = readOptions(['--url', 'http://127.0.0.1:3000/api/v1', '--key', 'tg-x']);
    expect(target).toEqual({ origin: 'http://127.0.0.1:3000', apiKey: 'tg-x' });
    expect(() => readOptions(['--url', 'http://127.0.0.1:3000'])).toThrow('go together');
  });
});
