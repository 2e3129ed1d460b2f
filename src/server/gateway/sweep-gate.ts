import type { Ledger } from '../domain/ports';

/** A ledger that takes this long to say how long it is up stood still meanwhile. */
const PROMPT_MS_MAX = 2_000;

/**
 * Opens once the ledger has been up, and in reach of this process, for a whole lease: after an
 * outage every owner must have had the time to renew its leases and to replay its spool, before
 * anyone else ends its charges.
 */
export function createSweepGate(
  ledger: Pick<Ledger, 'upForMs'>,
  leaseMs: number,
  now: () => number,
): () => Promise<boolean> {
  let reachableSinceMs: number | null = now();
  return async () => {
    const askedAtMs = now();
    try {
      const upForMs = await ledger.upForMs();
      const isPrompt = now() - askedAtMs <= PROMPT_MS_MAX;
      if (!isPrompt) reachableSinceMs = null;
      reachableSinceMs ??= now();
      return upForMs >= leaseMs && now() - reachableSinceMs >= leaseMs;
    } catch (error) {
      reachableSinceMs = null;
      throw error;
    }
  };
}
