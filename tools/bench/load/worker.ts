// A program: runs the jobs that its parent sends, in a process of its own so that the load's work
// is nobody else's.
import type { Job } from './job';
import { runJob } from './run-job';

process.on('message', (job: Job) => {
  void runJob(job).then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit(0));
