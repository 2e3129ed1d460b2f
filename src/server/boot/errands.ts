import type { Channel } from '../domain/ports/outbox';
import type { Outgoing } from '../outgoing';
import { type Background, every } from './every';

/** Somebody waits for the letter with a link. */
const DELIVER_EVERY_MS = 1_000;
const CHECK_BUDGETS_EVERY_MS = 15_000;
const TIDY_EVERY_MS = 10 * 60_000;
/** A receiver may hold its letter up for a minute; it then gets it again, from another process. */
const LAST_ATTEMPTS_MS = 5_000;

export interface Errands {
  readonly outgoing: Outgoing;
  readonly checkBudgets: () => Promise<number>;
  readonly onFault: (name: string, cause: unknown) => void;
}

/**
 * What leaves the house: letters, webhooks, and the alerts that become such. No money depends on it,
 * and so the end of a process waits for it only a moment.
 */
export function startErrands({ outgoing, checkBudgets, onFault }: Errands): Background {
  let isStopping = false;
  // However much waits: a process that ends begins nothing more, the others send it.
  const deliver = (channel: Channel) => outgoing.deliver(channel, () => isStopping);
  const jobs = [
    every(DELIVER_EVERY_MS, 'mail', onFault, () => deliver('email')),
    every(DELIVER_EVERY_MS, 'webhooks', onFault, () => deliver('webhook')),
    every(CHECK_BUDGETS_EVERY_MS, 'budgets', onFault, checkBudgets),
    every(TIDY_EVERY_MS, 'tidy_outbox', onFault, () => outgoing.tidy()),
  ];
  return {
    stop: async () => {
      isStopping = true;
      const patience = new Promise<void>((resolve) => {
        setTimeout(resolve, LAST_ATTEMPTS_MS).unref();
      });
      await Promise.race([Promise.all(jobs.map((job) => job.stop())), patience]);
    },
  };
}
