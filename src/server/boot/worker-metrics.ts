import { AggregatorRegistry } from 'prom-client';
import { isPeerMessage, type PeerMessage, type Snapshot } from '../telemetry/peers';

/** As much of a worker as metrics need. */
export interface MeasuredWorker {
  readonly id: number;
  isConnected(): boolean;
  /** Without `onSent`, a message to one that has just died would end the primary. */
  send(message: PeerMessage, onSent: (fault: Error | null) => void): unknown;
}

export interface WorkerMetrics {
  /** Takes what a worker says; whatever is not about metrics is left alone. */
  take(from: MeasuredWorker, message: unknown): void;
  /** A worker ended: what it had counted stays in the sums, or they would seem to begin anew. */
  ended(id: number): void;
}

interface Asking {
  readonly missing: Set<number>;
  readonly end: () => void;
}

/** What did not reach a worker is missed in time, as from one that stands still. */
const ifItCan = (): void => undefined;
/** So long a worker may take; one that stands still answers with what it said last. */
const WORKER_MS_MAX = 1_000;

/** Gathers the metrics of all workers for the one that was asked, since no scrape can choose. */
export function createWorkerMetrics(
  workers: () => readonly MeasuredWorker[],
  waitMs = WORKER_MS_MAX,
): WorkerMetrics {
  const latest = new Map<number, Snapshot>();
  const askings = new Map<number, Asking>();
  let gone: Snapshot = [];
  let addingUp = Promise.resolve();
  let asked = 0;

  const gather = (asker: MeasuredWorker, itsId: number): void => {
    asked += 1;
    const id = asked;
    const others = workers().filter((worker) => worker.id !== asker.id && worker.isConnected());
    const end = () => {
      clearTimeout(timer);
      askings.delete(id);
      const snapshots = [...others.map((worker) => latest.get(worker.id) ?? []), gone];
      if (asker.isConnected()) {
        asker.send({ type: 'metrics_of_others', id: itsId, snapshots }, ifItCan);
      }
    };
    const timer = setTimeout(end, waitMs);
    askings.set(id, { missing: new Set(others.map((worker) => worker.id)), end });
    for (const worker of others) worker.send({ type: 'metrics_asked', id }, ifItCan);
    if (others.length === 0) end();
  };

  return {
    take(from, message) {
      if (!isPeerMessage(message)) return;
      if ('snapshot' in message) latest.set(from.id, message.snapshot);
      if (message.type === 'metrics_wanted') gather(from, message.id);
      if (message.type !== 'metrics_here') return;
      const asking = askings.get(message.id);
      asking?.missing.delete(from.id);
      if (asking?.missing.size === 0) asking.end();
    },
    ended(id) {
      const last = latest.get(id);
      latest.delete(id);
      if (last === undefined) return;
      addingUp = addingUp.then(async () => {
        gone = await addUp([gone, last]);
      });
    },
  };
}

/** Counters and histograms only: what a process that is gone holds or waits for is nothing. */
async function addUp(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const counted = snapshots.map((snapshot) => snapshot.filter(isCounted));
  return await AggregatorRegistry.aggregate(counted).getMetricsAsJSON();
}

const isCounted = (metric: object): boolean => 'type' in metric && metric.type !== 'gauge';
