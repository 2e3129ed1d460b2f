import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const restarted = z.object({ postgresPid: z.number() });

/** The PostgreSQL that the launcher brought up; it alone can bring it up again. */
export class PostgresProcess {
  constructor(private pid: number) {}

  /** kill −9 of the postmaster: its backends end by themselves, recovery follows. */
  async kill(): Promise<void> {
    this.signal('SIGCONT');
    process.kill(this.pid, 'SIGKILL');
  }

  /** Resolves once it serves again, on the same port. */
  async start(): Promise<void> {
    const answer = new Promise<unknown>((resolve) => process.once('message', resolve));
    process.send?.({ startPostgres: true });
    this.pid = restarted.parse(await answer).postgresPid;
  }

  /** Stops (or continues) the postmaster and all its backends. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    // The postmaster first: it could start another backend meanwhile.
    for (const pid of [this.pid, ...childrenOf(this.pid)]) sendTo(pid, signal);
  }

  /** kill −9 of one backend: PostgreSQL then ends all of them and recovers, by itself. */
  killBackend(): void {
    const backend = childrenOf(this.pid).find((pid) => commandLine(pid).includes('tallygate'));
    if (backend !== undefined) sendTo(backend, 'SIGKILL');
  }
}

function sendTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

const pids = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

function childrenOf(parent: number): number[] {
  return pids().filter((pid) => {
    const stat = read(`/proc/${pid}/stat`);
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
  });
}

const commandLine = (pid: number): string => read(`/proc/${pid}/cmdline`);

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
