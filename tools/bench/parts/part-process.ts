import { type ChildProcess, fork } from 'node:child_process';
import type { PartJob, PartResult } from './part';

export interface PartProcessOptions {
  readonly program: string;
  readonly node: string;
  /** Such as `1`; null: wherever the kernel puts it. */
  readonly core: string | null;
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** The parts' program, one job at a time. */
export class PartProcess {
  private readonly child: ChildProcess;

  constructor({ program, node, core, databaseUrl, redisUrl }: PartProcessOptions) {
    const env = { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
    this.child =
      core === null
        ? fork(program, { env, execPath: node, execArgv: [] })
        : fork(program, { env, execPath: 'taskset', execArgv: ['-c', core, node] });
  }

  run(job: PartJob): Promise<PartResult> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error(`${job.part} ended at once; its error is above.`));
      this.child.once('exit', onExit);
      this.child.once('message', (result: PartResult) => {
        this.child.off('exit', onExit);
        resolve(result);
      });
      this.child.send(job);
    });
  }

  close(): void {
    this.child.kill();
  }
}
