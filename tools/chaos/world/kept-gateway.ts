import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayProcess } from './gateway-process';

const START_MS_MAX = 120_000;
const RETRY_MS = 300;

/**
 * A gateway under a supervisor: one that cannot start while a store is away is started again, as a
 * real installation would. One that ends although nobody killed it is remembered.
 */
export class KeptGateway {
  /** How often it ended by itself, with the last of what it wrote. */
  readonly unexpectedEnds: string[] = [];
  private startedAtMs = 0;
  private isWanted = false;
  private isClosed = false;

  constructor(private readonly process: GatewayProcess) {}

  get origin(): string {
    return this.process.origin;
  }

  /** Up, and not being killed. */
  get isUp(): boolean {
    return this.isWanted && this.process.isRunning;
  }

  async start(): Promise<void> {
    const until = Date.now() + START_MS_MAX;
    for (;;) {
      if (this.isClosed) throw new Error('The run is over.');
      try {
        await this.process.start();
        break;
      } catch (error) {
        if (this.isClosed || Date.now() > until) throw error;
        await this.process.kill();
        await sleep(RETRY_MS);
      }
    }
    this.isWanted = true;
    this.startedAtMs = Date.now();
    void this.keep(this.startedAtMs);
  }

  private async keep(startedAtMs: number): Promise<void> {
    await this.process.gone();
    if (!this.isWanted || this.startedAtMs !== startedAtMs) return;
    this.isWanted = false;
    this.unexpectedEnds.push(this.process.log.slice(-2_000));
    await this.start();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.process.signal(signal);
  }

  /** Ends it for good: a start under way gives up. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.kill();
  }

  async kill(): Promise<void> {
    this.isWanted = false;
    await this.process.kill();
  }
}
