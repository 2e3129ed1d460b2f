import type { OpenCharge } from '../domain/charge';
import { ANSWER_BYTES_MAX, type StoredAnswer } from '../domain/ports';
import { failpoint } from './failpoints';
import type { GatewayPorts } from './types';

/** Keeps a whole answer for its named trace, before the commit: a crash after it loses nothing. */
export async function storeAnswer(
  ports: GatewayPorts,
  charge: OpenCharge,
  answer: StoredAnswer,
): Promise<void> {
  if (!charge.traceNamed || answer.body.length > ANSWER_BYTES_MAX) return;
  try {
    const kept = await ports.answers.put(charge, answer);
    if (kept === 'full') ports.telemetry.answerNotStored();
    await failpoint('answer_stored');
  } catch (cause) {
    // A repeat will be told "already billed" instead of getting its answer: never a second charge.
    ports.telemetry.fault('store_answer', cause, { traceId: charge.traceId });
  }
}

/** An answer as it grows; forgotten once it is too long to keep. */
export class AnswerRecorder {
  private chunks: Uint8Array[] | null;
  private size = 0;

  constructor(isWanted: boolean) {
    this.chunks = isWanted ? [] : null;
  }

  add(chunk: Uint8Array): void {
    if (this.chunks === null) return;
    this.size += chunk.length;
    if (this.size > ANSWER_BYTES_MAX) this.chunks = null;
    else this.chunks.push(chunk);
  }

  /** The whole answer, or null when it was not wanted or grew too long. */
  bytes(): Uint8Array | null {
    return this.chunks === null ? null : Buffer.concat(this.chunks);
  }
}
