import { readFileSync } from 'node:fs';
import os from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const MS_PER_NS = 1e-6;
const LOOP_RESOLUTION_MS = 10;
const BUSY_SHARE_MAX = 0.9;
const WAITING_SHARE_MAX = 0.1;
const LATE_MS_MAX = 20;

/** What the machine had left for a run. */
export interface MachineUse {
  readonly cores: number;
  /** Of all cores, whoever used them. */
  readonly busyShare: number;
  /** How late the timers of this process were, which measures the whole requests. */
  readonly lateP99Ms: number;
  /** How much of the time that the gateway wanted a core it had to wait for one; null: not seen. */
  readonly waitingShare: number | null;
}

/** Whether times say more about the machine than about the gateway. */
export const isShort = ({ busyShare, lateP99Ms, waitingShare }: MachineUse): boolean =>
  busyShare > BUSY_SHARE_MAX || lateP99Ms > LATE_MS_MAX || (waitingShare ?? 0) > WAITING_SHARE_MAX;

/** What the machine had left, and whether that was enough, as sentences. */
export function machineLines(use: MachineUse): string[] {
  const percent = (share: number) => `${(share * 100).toFixed(0)} %`;
  const waited =
    use.waitingShare === null ? '' : `; the gateway waited for a core ${percent(use.waitingShare)}`;
  const lines = [
    `the machine: ${use.cores} cores, ${percent(use.busyShare)} busy${waited}; ` +
      `this process's timers late by ${use.lateP99Ms.toFixed(1)} ms at p99`,
  ];
  if (isShort(use))
    lines.push('The machine was short: these times are its own, not the gateway’s.');
  return lines;
}

interface Ticks {
  readonly busy: number;
  readonly all: number;
}

/** Watches the machine from now on. `pid`: the gateway, where it runs here. */
export class MachineWatch {
  private readonly loop: IntervalHistogram;
  private readonly ticks = readTicks();
  private readonly run: RunTimes | null;

  constructor(private readonly pid: number | null) {
    this.loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
    this.loop.enable();
    this.run = pid === null ? null : readRunTimes(pid);
  }

  end(): MachineUse {
    this.loop.disable();
    const now = readTicks();
    const after = this.pid === null ? null : readRunTimes(this.pid);
    return {
      cores: os.availableParallelism(),
      busyShare: (now.busy - this.ticks.busy) / Math.max(now.all - this.ticks.all, 1),
      lateP99Ms: Math.max(this.loop.percentile(99) * MS_PER_NS - LOOP_RESOLUTION_MS, 0),
      waitingShare: this.run === null || after === null ? null : waitingShare(this.run, after),
    };
  }
}

function readTicks(): Ticks {
  let [busy, all] = [0, 0];
  for (const { times } of os.cpus()) {
    const sum = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += sum - times.idle;
    all += sum;
  }
  return { busy, all };
}

/** Of a process's main thread, where its event loop is. */
export interface RunTimes {
  readonly onCoreNs: number;
  /** Ready to run, and no core free. */
  readonly waitingNs: number;
}

/** The text of /proc/<pid>/schedstat. */
export function parseRunTimes(text: string): RunTimes {
  const [onCoreNs = Number.NaN, waitingNs = Number.NaN] = text.split(' ').map(Number);
  return { onCoreNs, waitingNs };
}

export function waitingShare(before: RunTimes, after: RunTimes): number {
  const waitingNs = after.waitingNs - before.waitingNs;
  return waitingNs / Math.max(waitingNs + after.onCoreNs - before.onCoreNs, 1);
}

/** Null where the system does not tell. */
function readRunTimes(pid: number): RunTimes | null {
  try {
    return parseRunTimes(readFileSync(`/proc/${pid}/schedstat`, 'utf8'));
  } catch {
    return null;
  }
}
