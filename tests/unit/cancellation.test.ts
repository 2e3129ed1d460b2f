import { expect, it } from 'vitest';
import { Cancellation } from '@/server/domain/cancellation';

it('is told once, with the first reason, to all who listen', () => {
  const cancellation = new Cancellation();
  const told: string[] = [];
  cancellation.addEventListener('abort', () => told.push('first'));
  cancellation.addEventListener('abort', () => told.push('second'));
  expect(cancellation.aborted).toBe(false);
  cancellation.abort(new Error('gone'));
  cancellation.abort(new Error('later'));
  expect(told).toEqual(['first', 'second']);
  expect(cancellation).toMatchObject({ aborted: true, reason: new Error('gone') });
});

it('leaves alone who no longer listens, and who began to when it was over', () => {
  const cancellation = new Cancellation();
  const told: string[] = [];
  const first = () => told.push('first');
  cancellation.addEventListener('abort', first);
  cancellation.addEventListener('abort', () => told.push('second'));
  cancellation.removeEventListener('abort', first);
  cancellation.abort(new Error('gone'));
  cancellation.addEventListener('abort', () => told.push('third'));
  expect(told).toEqual(['second']);
});
