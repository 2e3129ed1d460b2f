import { typicalError } from './api-error';
import type { Frame } from './chat-body';
import type { Exchange } from './exchange';
import type { Pace } from './models';
import type { Script } from './script';
import { rubbishBytes, Wire } from './wire';

/** With no time between tokens, others still get a turn this often. */
const FRAMES_PER_TURN = 32;

/** Sends a stream's events at its pace, with the faults of its script. Headers are already sent. */
export async function sendStream(
  exchange: Exchange,
  frames: Iterable<Frame>,
  pace: Pace,
  script: Script,
): Promise<void> {
  const wire = new Wire(exchange, script);
  const startMs = performance.now();
  const faults = new StreamFaults(exchange, wire, script);
  let count = 0;
  for (const frame of frames) {
    if (!frame.opening) {
      const waitMs = startMs + frame.step * pace.perTokenMs - performance.now();
      if (waitMs >= 1) await exchange.sleep(waitMs);
      if (await faults.strike()) return;
    }
    await wire.event(frame.data);
    exchange.record.sentTokens += frame.tokens;
    count += 1;
    if (count % FRAMES_PER_TURN === 0) await exchange.yieldTurn();
  }
  if (script.noDone !== true) await wire.event('[DONE]');
  await wire.flush();
  exchange.res.end();
}

/** The faults that strike once so many tokens have left. */
class StreamFaults {
  #rubbishLeft: boolean;

  constructor(
    readonly exchange: Exchange,
    readonly wire: Wire,
    readonly script: Script,
  ) {
    this.#rubbishLeft = script.rubbishAfterTokens !== undefined;
  }

  /** True: the stream is over. */
  async strike(): Promise<boolean> {
    const { script, wire, exchange } = this;
    if (this.#rubbishLeft && this.#reached(script.rubbishAfterTokens)) {
      this.#rubbishLeft = false;
      await wire.flush();
      await wire.bytes(rubbishBytes(script));
    }
    if (this.#reached(script.errorAfterTokens)) {
      await wire.event(JSON.stringify(script.errorBody ?? typicalError(500).body));
      await wire.flush();
      exchange.res.end();
      return true;
    }
    if (this.#reached(script.hangAfterTokens)) {
      await wire.flush();
      await exchange.hang();
    }
    if (this.#reached(script.dieAfterTokens)) {
      await wire.flush();
      await exchange.cut();
      return true;
    }
    return false;
  }

  #reached(after: number | undefined): boolean {
    return after !== undefined && this.exchange.record.sentTokens >= after;
  }
}
