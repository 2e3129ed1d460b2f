import type { KeyDirectory, KeyRecord } from '@/server/domain/ports';
import { isLedgerUnavailable } from '@/server/domain/unavailable';

/** With the second until a stream looks again, a revocation is felt in 5 s, even without Redis. */
const FRESH_MS = 3_500;
/** While Postgres is away a known key stays good: it cannot be revoked meanwhile either. */
const STALE_MS = 10 * 60_000;
const ENTRIES_MAX = 50_000;

interface Entry {
  readonly record: KeyRecord | null;
  readonly atMs: number;
}

/** Keys by their whole digest, at most FRESH_MS old; unknown digests are remembered as well. */
export function createKeyCache(
  source: KeyDirectory,
  now: () => number,
): KeyDirectory & { clear(): void } {
  const entries = new Map<string, Entry>();
  const loading = new Map<string, Promise<KeyRecord | null>>();
  let generation = 0;

  /** The map is in the order of reading: what nobody asks for any more goes first. */
  const remember = (id: string, entry: Entry): void => {
    entries.delete(id);
    entries.set(id, entry);
    const oldest = entries.keys().next();
    if (entries.size > ENTRIES_MAX && !oldest.done) entries.delete(oldest.value);
  };

  const load = async (id: string, digest: Uint8Array): Promise<KeyRecord | null> => {
    const begun = generation;
    const atMs = now();
    try {
      const record = await source.find(digest);
      if (begun === generation) {
        remember(id, { record, atMs });
      }
      return record;
    } catch (error) {
      const stale = entries.get(id);
      if (stale === undefined || !isLedgerUnavailable(error)) throw error;
      if (now() - stale.atMs > STALE_MS) throw error;
      return stale.record;
    } finally {
      loading.delete(id);
    }
  };

  return {
    async find(digest) {
      const id = Buffer.from(digest).toString('base64');
      const entry = entries.get(id);
      if (entry !== undefined && now() - entry.atMs < FRESH_MS) return entry.record;
      let pending = loading.get(id);
      if (pending === undefined) {
        pending = load(id, digest);
        loading.set(id, pending);
      }
      return await pending;
    },
    clear() {
      generation += 1;
      // Old entries stay for the case that Postgres is away, but none counts as fresh any more.
      for (const [id, entry] of entries) entries.set(id, { ...entry, atMs: entry.atMs - FRESH_MS });
      loading.clear();
    },
  };
}
