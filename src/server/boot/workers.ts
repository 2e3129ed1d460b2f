import cluster, { type Worker } from 'node:cluster';
import type { PeerChannel } from '../telemetry/peers';
import { createWorkerMetrics } from './worker-metrics';

/** What a serving process tells its parent. */
export type ServerMessage =
  | { readonly type: 'ready'; readonly tenantId: string | null }
  | { readonly type: 'fatal'; readonly message: string };

/** How a worker's container reaches the primary; null where one process is the whole instance. */
export function channelToPrimary(): PeerChannel | null {
  if (!cluster.isWorker) return null;
  return {
    send: (message) => void process.send?.(message),
    onMessage: (take) => void process.on('message', take),
  };
}

/** Tells the parent; without one, as under `node dist/node-server.mjs`, a failure is printed. */
export function tell(message: ServerMessage, onTold: () => void = () => undefined): void {
  if (process.send !== undefined) return void process.send(message, onTold);
  if (message.type === 'fatal') process.stderr.write(`${message.message}\n`);
  onTold();
}

const RESTART_AFTER_MS = 1_000;

const isServerMessage = (value: unknown): value is ServerMessage =>
  typeof value === 'object' &&
  value !== null &&
  'type' in value &&
  (value.type === 'ready' || value.type === 'fatal');

/**
 * Runs `count` serving processes on one port and speaks for them: ready once all are, one is
 * started again when it dies, and a signal drains them all before this process ends.
 */
export function runWorkers(count: number): void {
  // The kernel hands out connections: Node's own round robin costs the primary a hop for each.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  let readyCount = 0;
  let isStopping = false;

  const stop = (signal: NodeJS.Signals) => {
    isStopping = true;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill(signal);
  };
  const onMessage = (message: unknown) => {
    if (!isServerMessage(message)) return;
    if (message.type === 'ready') {
      readyCount += 1;
      if (readyCount === count) tell(message);
    } else if (!isStopping && readyCount < count) {
      tell(message);
      process.exitCode = 1;
      stop('SIGINT');
    }
  };
  const metrics = createWorkerMetrics(() =>
    Object.values(cluster.workers ?? {}).flatMap((worker) => worker ?? []),
  );
  const start = (): Worker => {
    const worker = cluster.fork();
    worker.on('message', onMessage);
    worker.on('message', (message: unknown) => metrics.take(worker, message));
    return worker;
  };
  cluster.on('exit', (worker) => {
    metrics.ended(worker.id);
    const left = Object.keys(cluster.workers ?? {}).length;
    if (isStopping && left === 0) process.exit();
    if (!isStopping) setTimeout(() => !isStopping && start(), RESTART_AFTER_MS);
  });
  for (let i = 0; i < count; i += 1) start();
  process.on('SIGTERM', () => stop('SIGTERM'));
  for (const event of ['SIGINT', 'disconnect']) process.on(event, () => stop('SIGINT'));
}
