import { expect, it } from 'vitest';
import {
  countChatPrompt,
  loadVocabulary,
  StreamCounter,
  type Vocabulary,
} from '../../src/server/upstream/tokens';
import { blockedMs } from '../../tools/bench/parts/blocked-ms';

const BLOCKED_MS_MAX = 50;
const NAMES: readonly Vocabulary[] = ['o200k_base', 'cl100k_base'];

it('the measure of blocking sees a loop that blocks', async () => {
  const blocked = await blockedMs(async () => {
    const end = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < end);
  });
  expect(blocked).toBeGreaterThan(BLOCKED_MS_MAX);
});

it('loading the vocabularies does not block the event loop', async () => {
  expect(await blockedMs(() => Promise.all(NAMES.map(loadVocabulary)))).toBeLessThan(
    BLOCKED_MS_MAX,
  );
});

const MIB = 1 << 20;
const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['100 KB of a', 'a'.repeat(100_000)],
  ...['a', ' ', "'", 'A', '7', '中', '='].map(
    (unit) => [`1 MB of ${JSON.stringify(unit)}`, unit.repeat(MIB)] as const,
  ),
  ['1 MB of prose', 'The gateway counts, whatever happens; 計算する。\n'.repeat(MIB / 40)],
  ['256 KB of broken lines', spaced(MIB / 4)],
];

/** Runs of spaces of ever changing length, one piece all of them: much to choose from, no period. */
function spaced(length: number): string {
  let text = '';
  for (let i = 1; text.length < length; i = (i * 48271) % 0x7fffffff)
    text += `${' '.repeat(i % 200)}\n`;
  return text;
}

it.each(NAMES)(
  '%s: no text blocks the event loop, and 1 MB takes about a second',
  async (name) => {
    const counter = await loadVocabulary(name);
    for (const [label, text] of TEXTS) {
      const cpu = process.cpuUsage();
      let tokens = 0;
      const blocked = await blockedMs(async () => {
        tokens = await counter.countSliced(text);
      });
      expect.soft(blocked, label).toBeLessThan(BLOCKED_MS_MAX);
      expect(tokens).toBeGreaterThan(0);
      if (text.startsWith('aaa') || text.startsWith('中')) {
        expect.soft(process.cpuUsage(cpu).user, label).toBeLessThan(1_000_000);
      }
    }
  },
  60_000,
);

it.each(NAMES)('%s: a stream of one repeated character never blocks', async (name) => {
  const counter = await loadVocabulary(name);
  for (const unit of ['a', ' ', '中', '-']) {
    const text = unit.repeat(100_000);
    const atOnce = await blockedMs(async () => {
      const stream = new StreamCounter(counter);
      stream.push(text);
      expect(stream.total()).toBe(await counter.countSliced(text));
    });
    expect.soft(atOnce, unit).toBeLessThan(BLOCKED_MS_MAX);
    const settled = await blockedMs(async () => {
      const stream = new StreamCounter(counter);
      for (let at = 0; at < text.length; at += 20_000) stream.push(text.slice(at, at + 20_000));
      expect(await stream.settle()).toBe(await counter.countSliced(text));
    });
    expect.soft(settled, unit).toBeLessThan(BLOCKED_MS_MAX);
  }
});

it('a prompt of very many short messages does not block', async () => {
  const counter = await loadVocabulary('o200k_base');
  const messages = Array.from({ length: 50_000 }, (_, i) => ({
    role: 'user',
    content: `word ${i}`,
  }));
  expect(await blockedMs(() => countChatPrompt(counter, { messages }))).toBeLessThan(
    BLOCKED_MS_MAX,
  );
});
