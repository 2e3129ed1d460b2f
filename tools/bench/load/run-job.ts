import { percentilesOf } from '../figures/statistics';
import { Connection, type Exchange } from './connection';
import type { Job, JobResult } from './job';

const REPLY_MS_MAX = 20_000;

/** Keeps every connection busy for the time, then lets the last answers come. Never throws. */
export async function runJob(job: Job): Promise<JobResult> {
  const startedMs = performance.now();
  const tally = new Tally();
  const perAnswer = await Promise.all(
    Array.from({ length: job.connections }, (_, index) => keepBusy(job, startedMs, tally, index)),
  );
  return tally.result(performance.now() - startedMs, Math.max(...perAnswer));
}

class Tally {
  private readonly latencyMs: number[] = [];
  private readonly ttftMs: number[] = [];
  private failures = 0;
  private firstFailure: string | null = null;

  add(exchange: Exchange): void {
    if (exchange.status === 200) {
      this.latencyMs.push(exchange.latencyMs);
      this.ttftMs.push(exchange.ttftMs);
    } else this.fail(`status ${exchange.status}`);
  }

  fail(what: string): void {
    this.failures += 1;
    this.firstFailure ??= what;
  }

  result(tookMs: number, eventsEach: number): JobResult {
    const requests = this.latencyMs.length;
    return {
      requests,
      failures: this.failures,
      firstFailure: this.firstFailure,
      tookMs,
      events: requests * eventsEach,
      latencyMs: percentilesOf(this.latencyMs),
      ttftMs: percentilesOf(this.ttftMs),
    };
  }
}

/**
 * Asks again as soon as the answer is there. Events are counted by the first connection alone: all
 * answers are the same, and counting costs. Resolves with the events of an answer, or 0.
 */
function keepBusy(job: Job, startedMs: number, tally: Tally, index: number): Promise<number> {
  return new Promise((resolve) => {
    let eventsEach = 0;
    const end = () => {
      clearTimeout(timer);
      connection.close();
      resolve(eventsEach);
    };
    const broken = (error: Error) => {
      tally.fail(error.message);
      end();
    };
    const connection = new Connection(
      job.port,
      Buffer.from(job.request),
      index === 0,
      (exchange) => {
        tally.add(exchange);
        eventsEach = exchange.events;
        if (performance.now() - startedMs < job.forMs) connection.send();
        else end();
      },
      broken,
    );
    const timer = setTimeout(
      () => broken(new Error('An answer did not come.')),
      job.forMs + REPLY_MS_MAX,
    );
    connection.send();
  });
}
