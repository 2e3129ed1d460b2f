import { EnvError } from '@/env';
import { startTallygate } from './start';

/** Brings the process up under `next start`, `next dev` or on Vercel; SIGTERM drains it. */
export async function startUnderNext(): Promise<void> {
  try {
    const { container } = await startTallygate();
    const drain = () => void container.drain(container.env.DRAIN_MS);
    process.once('SIGTERM', drain);
    process.once('SIGINT', drain);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
