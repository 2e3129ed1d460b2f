import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const READY_MS_MAX = 90_000;
const LOOK_EVERY_MS = 50;

/** One process of the built self-hosted server, to be killed, stopped and started again. */
export class GatewayProcess {
  readonly origin: string;
  private child: ChildProcess | null = null;
  private output = '';

  constructor(
    private readonly server: string,
    port: number,
    private readonly root: string,
    private readonly env: Readonly<Record<string, string>>,
    /** Gets all that it writes, over every start. */
    private readonly logFile: string | null = null,
  ) {
    this.origin = `http://127.0.0.1:${port}`;
  }

  get isRunning(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Throws while it was never started. */
  get pid(): number {
    if (this.child?.pid === undefined) throw new Error('The gateway was not started.');
    return this.child.pid;
  }

  /** The last of what it wrote. */
  get log(): string {
    return this.output;
  }

  /** Resolves once it is fit for traffic. Throws with its output when it ends instead. */
  async start(): Promise<void> {
    this.output = '';
    this.child = spawn(process.execPath, [this.server], {
      cwd: this.root,
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (piece: string) => {
        this.output = (this.output + piece).slice(-20_000);
        if (this.logFile !== null) appendFileSync(this.logFile, piece);
      });
    }
    const until = Date.now() + READY_MS_MAX;
    while (!(await this.isReady())) {
      if (!this.isRunning) throw new Error(`A gateway ended at its start:\n${this.output}`);
      if (Date.now() > until) throw new Error(`A gateway is not ready:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private async isReady(): Promise<boolean> {
    const reply = await fetch(`${this.origin}/api/health/ready`).catch(() => null);
    await reply?.arrayBuffer().catch(() => undefined);
    return reply?.ok === true;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL' | 'SIGTERM'): void {
    this.child?.kill(signal);
  }

  /** Resolves once it is gone, for whatever reason. */
  async gone(): Promise<void> {
    const { child } = this;
    if (child === null || !this.isRunning) return;
    await new Promise((resolve) => child.once('exit', resolve));
  }

  /** Ends it and waits until it is gone. */
  async kill(): Promise<void> {
    const gone = this.gone();
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await gone;
  }
}
