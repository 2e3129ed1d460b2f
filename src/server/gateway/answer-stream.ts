import { Cancellation } from '../domain/cancellation';
import { UpstreamBroke } from '../domain/ports';
import type { AnswerRequest } from '../openai/request';
import type { Admitted } from './admit';
import { type Bought, callUpstream } from './call-upstream';
import { endUnbought } from './end-unbought';
import { capHeader, identityHeaders } from './exchange';
import { outputCap } from './output-cap';
import { rateHeaders } from './rate-headers';
import type { Run } from './run';
import { StreamDelivery } from './stream-delivery';
import type { GatewayReply } from './types';

/**
 * Buys a streamed answer. The reply begins once the upstream has sent something and the PENDING row
 * stands; its body meters, checkpoints and settles what it delivers, however it ends.
 * Throws the designed error when nothing could be bought; then nothing was charged.
 */
export async function answerStream(
  run: Run,
  request: AnswerRequest,
  admitted: Admitted,
): Promise<GatewayReply> {
  const { ports, exchange } = run;
  const signal = Cancellation.following(run.signal);
  const cap = outputCap(admitted);
  let bought: Bought | null = null;
  // Nothing may be delivered without its row: no use in waiting for the upstream then.
  admitted.row.opening?.catch((cause: unknown) => signal.abort(cause));
  try {
    bought = await callUpstream({ ports, exchange, signal }, request, admitted.charge, cap);
    if (!bought.contentType.startsWith('text/event-stream')) throw new UpstreamBroke('broke');
    const chunks = bought.body[Symbol.asyncIterator]();
    const [first] = await Promise.all([chunks.next(), admitted.row.opening]);
    if (run.signal.aborted) throw run.signal.reason;
    ports.telemetry.streamPending();
    const delivery = new StreamDelivery(run, request, admitted, bought, signal);
    const body = delivery.run(first, chunks);
    // Some servers never ask for the body of a client that has gone: it ends all the same.
    run.signal.addEventListener('abort', () => delivery.hasBegun || void body.next(), {
      once: true,
    });
    return {
      status: bought.status,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        ...identityHeaders(exchange),
        ...rateHeaders(admitted.rates),
        'x-tallygate-balance': String(admitted.availableNano),
        ...capHeader(cap),
      },
      body,
    };
  } catch (error) {
    signal.abort(error);
    throw await endUnbought(run, admitted, bought, error);
  }
}
