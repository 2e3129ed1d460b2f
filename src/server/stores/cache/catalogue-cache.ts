import type { Catalogue } from '@/server/domain/ports';
import { isLedgerUnavailable } from '@/server/domain/unavailable';
import type { CatalogueReading } from '@/server/stores/postgres/catalogue';

const FRESH_MS = 5_000;
const ANY_MODEL = '*';

/** The catalogue in memory, read anew after FRESH_MS; an old one serves while Postgres is away. */
export function createCatalogueCache(
  read: () => Promise<CatalogueReading>,
  now: () => number,
): Catalogue & { clear(): void } {
  let reading: CatalogueReading | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let pending: Promise<CatalogueReading> | null = null;
  /** Grows with every change: a reading from before one is not kept. */
  let generation = 0;

  const load = async (): Promise<CatalogueReading> => {
    const begun = generation;
    const atMs = now();
    try {
      const fresh = await read();
      if (begun !== generation) return fresh;
      reading = fresh;
      readAtMs = atMs;
      return fresh;
    } catch (error) {
      if (reading === null || !isLedgerUnavailable(error)) throw error;
      return reading;
    } finally {
      if (begun === generation) pending = null;
    }
  };

  const current = async (): Promise<CatalogueReading> => {
    if (reading !== null && now() - readAtMs < FRESH_MS) return reading;
    pending ??= load();
    return await pending;
  };

  return {
    find: async (modelId) => (await current()).models.get(modelId) ?? null,
    list: async () => [...(await current()).models.values()],
    async routes(modelId) {
      const { routes } = await current();
      return [...(routes.get(modelId) ?? []), ...(routes.get(ANY_MODEL) ?? [])];
    },
    clear() {
      generation += 1;
      readAtMs = Number.NEGATIVE_INFINITY;
      pending = null;
    },
  };
}
