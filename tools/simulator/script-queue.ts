import { z } from 'zod';
import { type Script, scriptSchema } from './script';

export const queuedScriptSchema = z.strictObject({
  script: scriptSchema,
  times: z.int().min(1).max(1_000_000).default(1),
  model: z.string().optional(),
});

export type QueuedScript = z.input<typeof queuedScriptSchema>;

interface Entry {
  readonly script: Script;
  readonly model: string | undefined;
  left: number;
}

/** Scripts waiting for the next requests, first in, first out. */
export class ScriptQueue {
  #entries: Entry[] = [];

  add(queued: QueuedScript): void {
    const { script, times, model } = queuedScriptSchema.parse(queued);
    this.#entries.push({ script, model, left: times });
  }

  /** The oldest script that matches the model; it is used up once. */
  take(model: string): Script | undefined {
    const entry = this.#entries.find((each) => each.model === undefined || each.model === model);
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.#entries = this.#entries.filter((each) => each !== entry);
    return entry.script;
  }

  /** Requests that are still to be scripted. */
  get pending(): number {
    return this.#entries.reduce((sum, entry) => sum + entry.left, 0);
  }

  clear(): void {
    this.#entries = [];
  }
}
