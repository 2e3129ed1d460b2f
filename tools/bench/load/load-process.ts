import { type ChildProcess, fork } from 'node:child_process';
import type { Job, JobResult } from './job';

/** The load generator, one job at a time. */
export class LoadProcess {
  private readonly child: ChildProcess;

  constructor(program: string) {
    this.child = fork(program, { execArgv: [] });
  }

  run(job: Job): Promise<JobResult> {
    return new Promise((resolve, reject) => {
      const onExit = () => reject(new Error('The load generator ended.'));
      this.child.once('exit', onExit);
      this.child.once('message', (result: JobResult) => {
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
