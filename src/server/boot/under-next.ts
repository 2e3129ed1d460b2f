import { EnvError } from '@/env';
import { DatabaseError } from '../stores/postgres/migrate';
import { startTallygate } from './start';

/** Brings the process up under `next start`, `next dev` or on Vercel; SIGTERM drains it. */
export async function startUnderNext(): Promise<void> {
  try {
    const { container } = await startTallygate();
    const drain = () => void container.drain(container.env.DRAIN_MS);
    process.once('SIGTERM', drain);
    process.once('SIGINT', drain);
  } catch (error) {
    if (!(error instanceof EnvError || error instanceof DatabaseError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
