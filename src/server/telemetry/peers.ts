/** What one process measured, as `registry.getMetricsAsJSON()` gives it. */
export type Snapshot = readonly object[];

/** Between a process that answers for its instance and the primary that knows the others. */
export type PeerMessage =
  /** To the primary: this is ours, what have the others? To the others: what have you? */
  | { readonly type: 'metrics_wanted'; readonly id: number; readonly snapshot: Snapshot }
  | { readonly type: 'metrics_asked'; readonly id: number }
  | { readonly type: 'metrics_here'; readonly id: number; readonly snapshot: Snapshot }
  | {
      readonly type: 'metrics_of_others';
      readonly id: number;
      readonly snapshots: readonly Snapshot[];
    };

const TYPES = ['metrics_wanted', 'metrics_asked', 'metrics_here', 'metrics_of_others'];

export const isPeerMessage = (value: unknown): value is PeerMessage =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  typeof value.type === 'string' &&
  TYPES.includes(value.type);

/** The other processes of this instance. */
export interface Peers {
  /** What they measured; without those that cannot say. Never throws. */
  others(own: Snapshot): Promise<readonly Snapshot[]>;
}

/** A channel to the primary, as a worker's `process` is one. */
export interface PeerChannel {
  send(message: PeerMessage): void;
  onMessage(take: (message: unknown) => void): void;
}

/** Longer than the primary waits for the slowest of them. */
const PRIMARY_MS_MAX = 2_000;

/** Asks the primary for the others' metrics, and gives it our own when another process asks. */
export function createPeers(channel: PeerChannel, own: () => Promise<Snapshot>): Peers {
  const waiting = new Map<number, (snapshots: readonly Snapshot[]) => void>();
  let asked = 0;
  channel.onMessage((message) => {
    if (!isPeerMessage(message)) return;
    if (message.type === 'metrics_of_others') waiting.get(message.id)?.(message.snapshots);
    if (message.type !== 'metrics_asked') return;
    const { id } = message;
    void own().then((snapshot) => channel.send({ type: 'metrics_here', id, snapshot }));
  });
  return {
    others(snapshot) {
      asked += 1;
      const id = asked;
      return new Promise((resolve) => {
        const end = (snapshots: readonly Snapshot[]) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(snapshots);
        };
        const timer = setTimeout(() => end([]), PRIMARY_MS_MAX);
        waiting.set(id, end);
        channel.send({ type: 'metrics_wanted', id, snapshot });
      });
    },
  };
}
