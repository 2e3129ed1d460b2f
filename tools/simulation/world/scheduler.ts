/** What a simulated process can be: its code only ever runs in events that it owns. */
export class Process {
  state: 'running' | 'frozen' | 'dead' = 'running';
  /** Events that came due while it was frozen, in their order. */
  readonly parked: SimEvent[] = [];

  constructor(
    readonly name: string,
    /** How far its clock is off. */
    readonly skewMs: number,
  ) {}
}

export interface SimEvent {
  atMs: number;
  readonly order: number;
  /** Null: the world's own, no process can stop it. */
  readonly owner: Process | null;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Kept before any clock is replaced: the one real thing that the simulation waits with. */
const realSetImmediate = globalThis.setImmediate;
/** Queued together, for speed; between any two of them every promise has run to its next wait. */
const TURNS_AT_ONCE = 64;

/**
 * Virtual time. Events run one at a time in the order of their instants; after each, every promise
 * that it moved has run to its next wait. So a crash between two events is one between two awaits.
 */
export class Scheduler {
  nowMs: number;
  /** Whose code is running. */
  current: Process | null = null;
  steps = 0;
  private order = 0;
  private readonly heap: SimEvent[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  get hasEvents(): boolean {
    return this.heap.length > 0;
  }

  after(delayMs: number, owner: Process | null, run: () => void): SimEvent {
    const atMs = this.nowMs + Math.max(delayMs, 0);
    const event = { atMs, order: this.order, owner, run, isCancelled: false };
    this.order += 1;
    this.push(event);
    return event;
  }

  /** Runs every event up to an instant, `afterEach` after each; stops when that says so. */
  runUntil(untilMs: number, afterEach: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let hasRun = false;
      let isOver = false;
      const turn = (): void => {
        if (isOver) return;
        try {
          this.current = null;
          const goesOn = !hasRun || afterEach();
          hasRun = goesOn && this.runNext(untilMs);
          if (hasRun) return;
          isOver = true;
          if (goesOn) this.nowMs = Math.max(this.nowMs, untilMs);
          resolve();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      const queue = (): void => {
        for (let i = 0; i < TURNS_AT_ONCE; i += 1) realSetImmediate(turn);
        realSetImmediate(() => {
          if (!isOver) queue();
        });
      };
      queue();
    });
  }

  /** Runs the next event that is due; false when none is. */
  private runNext(untilMs: number): boolean {
    for (let next = this.heap[0]; next !== undefined; next = this.heap[0]) {
      if (next.atMs > untilMs) return false;
      this.pop();
      if (next.isCancelled || next.owner?.state === 'dead') continue;
      if (next.owner?.state === 'frozen') {
        next.owner.parked.push(next);
        continue;
      }
      this.nowMs = next.atMs;
      this.steps += 1;
      this.current = next.owner;
      next.run();
      return true;
    }
    return false;
  }

  /** Lets a frozen process go on: all that it missed is due now. */
  thaw(process: Process): void {
    process.state = 'running';
    for (const event of process.parked.splice(0)) {
      event.atMs = this.nowMs;
      this.push(event);
    }
  }

  private push(event: SimEvent): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = heap[child];
      if (below === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: SimEvent, b: SimEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
