import type { Fate } from './fate';
import type { Process } from './scheduler';
import type { Server } from './server';
import type { Stage } from './stage';

export interface WireTraits {
  /** How long the client waits; null: for ever. */
  readonly patienceMs: number | null;
  readonly closed: () => Error;
  readonly silent: () => Error;
}

/** What begins like this is not worth a line of the journal. */
export const QUIET = '~';

/** One process's connection to one server. */
export class Wire<S extends Server> {
  isConnected = true;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly stage: Stage,
    readonly process: Process,
    readonly server: S,
    private readonly traits: WireTraits,
    private readonly fate: () => Fate,
  ) {}

  /** Sends what the server is to do. Rejects as the driver does. */
  send<T>(label: string, execute: (server: S) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const { scheduler, journal } = this.stage;
      const { closed, silent, patienceMs } = this.traits;
      if (!this.isConnected) {
        reject(closed());
        return;
      }
      const fate = this.fate();
      const sentTo = this.server.restarts;
      let isOpen = true;
      const close = (end: () => void): void => {
        if (!isOpen) return;
        isOpen = false;
        if (timer !== null) timer.isCancelled = true;
        this.waiting.delete(breakOff);
        end();
      };
      const breakOff = (): void => close(() => reject(closed()));
      this.waiting.add(breakOff);
      const timer =
        patienceMs === null
          ? null
          : scheduler.after(patienceMs, this.process, () => {
              journal.say(() => `${this.process.name}: ${label} timed out`);
              close(() => reject(silent()));
            });
      const lose = (delayMs: number): void => {
        if (fate.resetMs !== null) scheduler.after(delayMs + fate.resetMs, this.process, breakOff);
      };
      const arrive = (isEcho: boolean): void => {
        this.stage.underWay -= 1;
        if (!this.server.isUp || this.server.restarts !== sentTo) return;
        let deliver: () => void;
        const note = isEcho ? ' (again)' : '';
        try {
          const reply = execute(this.server);
          if (!label.startsWith(QUIET)) {
            journal.say(() => `${this.process.name} ⇒ ${label}${note}: ${show(reply)}`);
          }
          deliver = () => close(() => resolve(reply));
        } catch (error) {
          journal.say(() => `${this.process.name} ⇒ ${label}${note} failed: ${String(error)}`);
          deliver = () => close(() => reject(error));
        }
        if (isEcho) return;
        if (fate.isReplyLost) lose(0);
        else scheduler.after(fate.replyMs, this.process, deliver);
      };
      const deliverAfter = (delayMs: number, isEcho: boolean): void => {
        this.stage.underWay += 1;
        scheduler.after(delayMs, null, () => arrive(isEcho));
      };
      if (fate.isRequestLost) lose(fate.requestMs);
      else deliverAfter(fate.requestMs, false);
      if (fate.echoMs !== null) deliverAfter(fate.echoMs, true);
    });
  }

  /** Breaks the connection: what waits fails, what is under way may still arrive. */
  cut(): void {
    this.isConnected = false;
    for (const breakOff of [...this.waiting]) {
      this.stage.scheduler.after(this.stage.dice.between(0, 5), this.process, breakOff);
    }
  }
}

/** A reply for the journal. */
function show(reply: unknown): string {
  if (Array.isArray(reply) && reply.every((part) => typeof part === 'string')) {
    return reply.filter((part) => part !== '').join(' ');
  }
  const text = JSON.stringify(reply, (key, value: unknown) => {
    if (key === 'body') return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
  return text ?? 'done';
}
