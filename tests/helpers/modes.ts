import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectBooksRight } from './books';
import { startGateway, type TestGateway } from './gateway';

/** With Redis at request time, or with Postgres alone. */
export type Mode = 'Redis' | 'Postgres only';

export const MODES: readonly Mode[] = ['Redis', 'Postgres only'];

/**
 * Requests at once of one tenant. Without Redis they queue for its one row, and a query may take five
 * seconds: on a very busy machine the last of a hundred would not be served, as is promised.
 */
export const PARALLEL: Readonly<Record<Mode, number>> = { Redis: 100, 'Postgres only': 40 };

/**
 * The same promises in both modes, each over a gateway and a database of its own. Every suite ends
 * with the audit over all its tenants.
 */
export function inBothModes(
  title: string,
  tests: (gateway: () => TestGateway, mode: Mode) => void,
) {
  describe.each(MODES)(`${title} (%s)`, (mode) => {
    let started: TestGateway | null = null;
    const gateway = (): TestGateway => {
      if (started === null) throw new Error('The gateway has not started.');
      return started;
    };
    beforeAll(async () => {
      started = await startGateway(mode === 'Redis' ? {} : { redisUrl: 'off' });
    });
    afterAll(() => started?.close());

    tests(gateway, mode);

    it('leaves books that the audit finds right for every tenant, in both stores', () =>
      expectBooksRight(gateway()));
  });
}
