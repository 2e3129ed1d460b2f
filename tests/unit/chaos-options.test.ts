import { describe, expect, test } from 'vitest';
import { readOptions } from '../../tools/chaos/options';

describe('the options of npm run chaos', () => {
  test('by default: bursts of two minutes for ten minutes, 200 requests a second', () => {
    const options = readOptions([]);
    expect(options).toMatchObject({
      totalMs: 600_000,
      burstMs: 120_000,
      rate: 200,
      jsonFile: null,
    });
    expect(options.seed).toBeGreaterThan(0);
  });

  test('--minutes, --seed, --rate and --json are taken as given', () => {
    const args = ['--minutes', '60', '--seed', '7', '--rate', '40', '--json', 'figures.json'];
    expect(readOptions(args)).toMatchObject({
      totalMs: 3_600_000,
      seed: 7,
      rate: 40,
      jsonFile: 'figures.json',
    });
  });

  test('--quick is one short burst at a rate that any machine bears', () => {
    const quick = readOptions(['--quick']);
    expect(quick.burstMs).toBeLessThanOrEqual(60_000);
    expect(quick.totalMs).toBeLessThan(quick.burstMs);
    expect(quick.rate).toBe(30);
    expect(readOptions(['--quick', '--rate', '10']).rate).toBe(10);
  });

  test.each([
    [['--minutes', '0'], '--minutes must be a number above 0; it is "0".'],
    [['--rate', 'fast'], '--rate must be a number above 0; it is "fast".'],
    [['--seed', '1.5'], '--seed must be a whole number; it is "1.5".'],
    [
      ['--minute', '3'],
      "Unknown option '--minute'. Options: --minutes, --seed, --rate, --quick, --json.",
    ],
  ])('%j is refused with a sentence', (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence);
  });
});
