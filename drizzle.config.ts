import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './src/server/stores/postgres/schema/index.ts',
  out: './drizzle',
});
