import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Accepted, acceptance } from '../helpers/acceptance';
import { expectBooksAtRest } from '../helpers/books';
import { type BuiltGateway, startBuilt } from '../helpers/built-gateway';
import { MODES } from '../helpers/modes';

// The self-hosted server's is tests/integration/acceptance.test.ts; this is what Vercel and others run.
describe.each(MODES)('acceptance under next start (%s)', (mode) => {
  let started: BuiltGateway | null = null;
  const gateway = (): Accepted => {
    if (started === null) throw new Error('The server has not started.');
    return mode === 'Redis' ? started : { ...started, redis: null };
  };
  beforeAll(async () => {
    started = await startBuilt('next', mode === 'Redis' ? {} : { redisUrl: 'off' });
  });
  afterAll(() => started?.close());

  acceptance(gateway, mode);

  it('leaves books that the audit finds right for every tenant, in both stores', () =>
    expectBooksAtRest(gateway()));
});
