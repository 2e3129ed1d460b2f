import type { Exchange } from './exchange';
import type { Journal } from './journal';
import { type Pace, paceOf } from './models';
import { parseScript, type Script } from './script';
import type { ScriptQueue } from './script-queue';

export interface Scripting {
  readonly queue: ScriptQueue;
  /** Multiplies the models' own times; 0 answers at once. Scripted times are taken as they are. */
  readonly pace: number;
  readonly journal: Journal | null;
}

const SCRIPT_HEADER = 'x-sim-script';

/** The queue's script, overlaid with the message's own, overlaid with the header's. */
export function scriptFor(
  exchange: Exchange,
  model: string,
  inline: Script | undefined,
  { queue }: Scripting,
): Script {
  const header = exchange.req.headers[SCRIPT_HEADER];
  const fromHeader = typeof header === 'string' ? parseScript(header) : undefined;
  return { ...queue.take(model), ...inline, ...fromHeader };
}

export function paceFor(model: string, script: Script, { pace }: Scripting): Pace {
  const own = paceOf(model);
  return {
    ttftMs: script.ttftMs ?? own.ttftMs * pace,
    perTokenMs: script.perTokenMs ?? own.perTokenMs * pace,
  };
}
