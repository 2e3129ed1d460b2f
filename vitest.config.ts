import path from 'node:path';
import { defineConfig } from 'vitest/config';

const alias = { '@': path.join(import.meta.dirname, 'src') };

/** They hold the product to a time: nothing else runs beside them. */
const TIMED = [
  'tests/lua/cost.test.ts',
  'tests/integration/{failover-time,ledger-batches,load,upstream-manners}.test.ts',
];

/** Also where there are more cores: the services' tests measure patience, not only answers. */
const SIDE_BY_SIDE = { maxWorkers: 3 };

const withStores = {
  setupFiles: ['tests/helpers/file-redis.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          testTimeout: 30_000,
          ...SIDE_BY_SIDE,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'services',
          // Real Postgres and Redis, for which tests wait far more than they compute. A file
          // has a Redis and databases of its own, so none depends on what runs beside it or before.
          include: ['tests/{lua,integration,conformance,simulation}/**/*.test.ts'],
          exclude: TIMED,
          ...withStores,
          ...SIDE_BY_SIDE,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'timed',
          include: TIMED,
          ...withStores,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve: { alias },
        test: {
          // The commands themselves, each with stores of its own: they may run beside the services.
          name: 'scripts',
          include: ['tests/scripts/**/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
