import { describe, expect, test } from 'vitest';
import { parseAnswerRequest } from '@/server/openai/request';

const SPACE = ' '.repeat(70_000);
const bodyOf = (more: string) => `{"model":"m","messages":[{"role":"user","content":"x"}]${more}}`;

/** What a body is refused with, and the CPU time that its judgement took. */
function judge(text: string) {
  const bytes = Buffer.from(text);
  const cpu = process.cpuUsage();
  let message = '';
  try {
    parseAnswerRequest('chat.completions', bytes);
  } catch (error) {
    message = error instanceof Error ? error.message : String(error);
  }
  return { message, tookMs: process.cpuUsage(cpu).user / 1_000 };
}

describe('a body that would take seconds to read is refused in a fraction of one', () => {
  test.each([
    ['nested without end', bodyOf(`,"a":${'['.repeat(5_000_000)}`), 'nests deeper than 100 levels'],
    ['of millions of objects', bodyOf(`,"a":[${'{},'.repeat(3_300_000)}1]`), 'objects and arrays'],
    ['of millions of fields', bodyOf(`,"a":{${'"k":1,'.repeat(1_500_000)}"k":1}`), 'fields'],
    ['of millions of numbers', bodyOf(`,"a":[${'1,'.repeat(5_000_000)}1]`), 'values'],
    ['in one string without end', bodyOf(`,"a":"${'\\"'.repeat(5_000_000)}`), 'not valid JSON'],
  ])('%s', (_what, text, message) => {
    const judged = judge(text);
    expect(judged.message).toContain(message);
    expect(judged.tookMs).toBeLessThan(1_000);
  });

  test('of a thousand top-level fields more than any request has', () => {
    const fields = Array.from({ length: 1_100 }, (_, index) => `,"k${index}":1`).join('');
    expect(judge(bodyOf(fields)).message).toContain('more than 1000 fields');
  });
});

describe('what stands in a string counts for nothing', () => {
  test.each([
    ['brackets', '['.repeat(500_000)],
    ['escaped quotes', '\\"{'.repeat(500_000)],
    ['a backslash at its end', `${'{'.repeat(500_000)}\\\\`],
  ])('%s', (_what, content) => {
    expect(judge(bodyOf(`,"user":"${content}"`)).message).toBe('');
  });
});

test.each([
  ['ten thousand messages of parts', 10_000, '{"type":"text","text":"hello"}'],
  ['a text of eight megabytes', 1, `{"type":"text","text":"${'word '.repeat(1_600_000)}"}`],
])('%s are taken', (_what, count, part) => {
  const message = `{"role":"user","content":[${part}]}`;
  const messages = Array.from({ length: count }, () => message).join(',');
  expect(judge(`{"model":"m","messages":[${messages}]}${SPACE}`).message).toBe('');
});
