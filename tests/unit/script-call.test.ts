import { PassThrough } from 'node:stream';
import { Command } from 'ioredis';
import { expect, test } from 'vitest';
import { ScriptCall } from '@/server/stores/redis/script-call';

const texts = [
  ['sha', '0'],
  ['sha', '1', 'key', ''],
  ['sha', '1', 'clé', 'x'.repeat(300), '中文'],
];

test.each(texts)('a call is encoded as the client itself would encode it: %s %s', (...words) => {
  const plain = new Command('evalsha', [...words]);
  expect(new ScriptCall([...words]).toWritable()).toBe(String(plain.toWritable(new PassThrough())));
});

test('the client of a cluster finds its slot by its first key', () => {
  const words = ['sha', '2', '{tenant}:a', '{tenant}:b', 'argument'];
  const plain = new Command('get', ['{tenant}:a']);
  expect(new ScriptCall(words).getSlot()).toBe(plain.getSlot());
});
