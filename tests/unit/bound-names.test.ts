import { describe, expect, test } from 'vitest';
import { createBoundNames } from '@/server/upstream/bound-names';

describe('what a bound on the output is called', () => {
  test.each(['o1', 'o3-mini', 'O4-mini', 'gpt-5', 'gpt-5.4-mini', 'gpt-6', 'gpt-12', 'openai/o3'])(
    '%s knows it by its newer name alone',
    (model) => {
      expect(createBoundNames().of('up', model)).toBe('max_completion_tokens');
    },
  );

  test('a model fine-tuned from one of those does too', () => {
    expect(createBoundNames().of('up', 'ft:gpt-5:org::id')).toBe('max_completion_tokens');
  });

  test.each(['gpt-4o', 'gpt-4.1', 'gpt-3.5-turbo', 'gpt-oss-120b', 'llama-3', 'mistral', 'olmo'])(
    '%s knows it by the name that every server knows',
    (model) => {
      expect(createBoundNames().of('up', model)).toBe('max_tokens');
    },
  );

  test('what was learnt of one deployment holds for that one alone', () => {
    const names = createBoundNames();
    names.learn('azure', 'mine', 'max_completion_tokens');
    expect(names.of('azure', 'mine')).toBe('max_completion_tokens');
    expect(names.of('azure', 'yours')).toBe('max_tokens');
    expect(names.of('other', 'mine')).toBe('max_tokens');
  });
});
