import { eq, sql } from 'drizzle-orm';
import type { SettingRepository } from '../../../domain/ports/repositories';
import { setting } from '../schema';
import type { Tx } from './tx';

export function createSettingRepository(tx: Tx): SettingRepository {
  return {
    async get(name) {
      const [row] = await tx.select().from(setting).where(eq(setting.name, name));
      return row?.value;
    },

    async put(name, value) {
      await tx
        .insert(setting)
        .values({ name, value })
        .onConflictDoUpdate({ target: setting.name, set: { value } });
    },

    async lock(name) {
      await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
    },
  };
}
