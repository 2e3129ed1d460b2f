import { type ChildProcess, spawn } from 'node:child_process';
import readline from 'node:readline';
import { z } from 'zod';

const ready = z.object({ event: z.literal('simulator_ready'), url: z.string() });

/** The upstream, to be killed, stopped and started again on the same port, with the same journal. */
export class SimulatorProcess {
  readonly url: string;
  private child: ChildProcess | null = null;
  private isClosed = false;

  constructor(
    private readonly program: string,
    private readonly port: number,
    private readonly journalFile: string,
  ) {
    this.url = `http://127.0.0.1:${port}/v1`;
  }

  /** Resolves once it listens. */
  async start(): Promise<void> {
    if (this.isClosed) throw new Error('The run is over.');
    const child = spawn(process.execPath, [this.program], {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        SIMULATOR_HOST: '127.0.0.1',
        SIMULATOR_PORT: String(this.port),
        SIMULATOR_JOURNAL: this.journalFile,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child = child;
    for await (const line of readline.createInterface({ input: child.stdout })) {
      if (ready.safeParse(JSON.parse(line)).success) return;
    }
    throw new Error('The simulator did not start.');
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.child?.kill(signal);
  }

  /** Ends it where it stands, in the middle of its answers. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.kill();
  }
}
