import { AggregatorRegistry } from 'prom-client';
import type { Metrics } from './metrics';
import { createPeers, type PeerChannel, type Snapshot } from './peers';

/** What Prometheus reads: the figures of all processes of this instance, whichever of them answers. */
export interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/**
 * `look` reads what is only worth reading when somebody asks. Without a channel this process is the
 * whole instance.
 */
export function createExposition(
  { registry }: Metrics,
  look: () => void,
  channel: PeerChannel | null,
): Exposition {
  const own = async (): Promise<Snapshot> => {
    look();
    return await registry.getMetricsAsJSON();
  };
  const peers = channel === null ? null : createPeers(channel, own);
  return {
    contentType: registry.contentType,
    async text() {
      const snapshot = await own();
      const others = (await peers?.others(snapshot)) ?? [];
      return await merged([snapshot, ...others]);
    },
  };
}

const merged = (snapshots: readonly Snapshot[]): Promise<string> =>
  AggregatorRegistry.aggregate([...snapshots]).metrics();
