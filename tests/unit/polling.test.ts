import { describe, expect, it } from 'vitest';
import { pollEvery } from '@/components/trpc/polling';

describe('a page that keeps itself fresh', () => {
  it('asks in its own rhythm while it is answered', () => {
    expect(pollEvery(2_000)({ state: { status: 'success' } })).toBe(2_000);
  });

  it('asks every ten seconds at most after a failure', () => {
    expect(pollEvery(2_000)({ state: { status: 'error' } })).toBe(10_000);
    expect(pollEvery(15_000)({ state: { status: 'error' } })).toBe(15_000);
  });
});
