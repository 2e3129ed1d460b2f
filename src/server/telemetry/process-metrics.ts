import { type EventLoopUtilization, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { MetricMakers } from './metric-makers';

const NS_PER_S = 1e9;
const US_PER_S = 1e6;
const RESOLUTION_MS = 20;

/** One for the process, however many registries look at it. */
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

/** What a turn of the event loop took beyond its timer, in seconds; then it counts anew. */
function worstLagSeconds(): number {
  const { max } = delay;
  delay.reset();
  return Math.max(0, max / NS_PER_S - RESOLUTION_MS / 1_000);
}

function busyShare(): () => number {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_S;
};

/** The process itself, read when somebody looks; names as prom-client and others give them. */
export function processMetrics({ gauge, countedElsewhere }: MetricMakers) {
  delay.enable();
  return {
    processes: gauge('gateway_processes', 'Processes that answer for this instance.', {
      across: 'sum',
      collect: () => 1,
    }),
    eventLoopLag: gauge(
      'nodejs_eventloop_lag_max_seconds',
      'The longest that the event loop stood still since the last look.',
      { across: 'max', collect: worstLagSeconds },
    ),
    eventLoopUtilization: gauge(
      'nodejs_eventloop_utilization',
      'The share of time that the event loop worked since the last look, 0 to 1.',
      { across: 'max', collect: busyShare() },
    ),
    cpuSeconds: countedElsewhere(
      'process_cpu_seconds_total',
      'CPU time, user and system.',
      cpuSeconds,
    ),
    residentBytes: gauge('process_resident_memory_bytes', 'Memory that the process holds.', {
      across: 'sum',
      collect: () => process.memoryUsage.rss(),
    }),
    heapBytes: gauge('nodejs_heap_size_used_bytes', "Memory of V8's heap in use.", {
      across: 'sum',
      collect: () => process.memoryUsage().heapUsed,
    }),
  };
}
