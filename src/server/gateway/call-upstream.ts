import type { OpenCharge, VoidReason } from '../domain/charge';
import { TallygateError } from '../domain/errors';
import type { UpstreamReply, UpstreamRoute } from '../domain/ports';
import type { AnswerRequest } from '../openai/request';
import { endedElsewhere } from './ended-elsewhere';
import { failpoint } from './failpoints';
import type { Run } from './run';
import type { GatewayPorts } from './types';
import { modelNameAt, type OutputCap, upstreamBody } from './upstream-body';

const NEWER_NAME = 'max_completion_tokens';

/** An answer that has begun to come in, and from where. */
export interface Bought {
  readonly upstream: string;
  readonly contentType: string;
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly calledAtMs: number;
}

/** No upstream gave an answer: why the charge is void, and what the client is told. */
export class NotBought extends Error {
  constructor(
    readonly reason: VoidReason,
    readonly error: TallygateError,
    readonly upstream: string | null,
  ) {
    super(error.message);
  }
}

/**
 * Buys the answer: tries the model's upstreams in order while nothing can have been bought yet.
 * Throws NotBought when none answers, or the signal's reason when the client went away.
 */
export async function callUpstream(
  { ports, exchange, signal }: Pick<Run, 'ports' | 'exchange' | 'signal'>,
  request: AnswerRequest,
  charge: OpenCharge,
  outputCap: number | null,
): Promise<Bought> {
  const routes = ports.routes.order(await ports.catalogue.routes(request.model));
  let last: { route: UpstreamRoute; reply: UpstreamReply } | null = null;
  for (const route of routes) {
    const calledAtMs = performance.now();
    const reply = await callCapped(ports, request, route, outputCap, async (cap) => {
      await failpoint('before_purchase');
      if (!ports.openCharges.isSurelyOwn(charge)) throw endedElsewhere();
      return await ports.upstreams.call({
        route,
        endpoint: request.endpoint,
        body: upstreamBody(request, route, cap),
        isStream: request.isStream,
        traceId: exchange.traceId,
        traceHeaders: exchange.trace?.callBegins({
          upstream: route.upstream,
          model: request.model,
          endpoint: request.endpoint,
          isStream: request.isStream,
        }),
        signal,
      });
    });
    const tookMs = performance.now() - calledAtMs;
    ports.telemetry.upstreamCalled(route.upstream, request.model, reply.kind, tookMs);
    if (reply.kind === 'answer') {
      ports.routes.succeeded(route.upstream);
      return { upstream: route.upstream, calledAtMs, ...reply };
    }
    exchange.trace?.callEnded(reply.kind, null);
    if (reply.kind === 'rejected') throw notBought(reply, route);
    ports.routes.failed(route.upstream);
    last = { route, reply };
    if (reply.kind === 'timeout' || reply.kind === 'broke') break;
    await failpoint('upstream_failed');
  }
  if (last === null) {
    const message = `No upstream serves "${request.model}" now. Try again later or choose another model.`;
    throw new NotBought(
      'no_healthy_upstream',
      new TallygateError('no_healthy_upstream', message),
      null,
    );
  }
  throw notBought(last.reply, last.route);
}

/**
 * Calls with the bound under the name that the model knows it by. Where that name is refused, and
 * nothing was bought, it is given once more by the other: by the newer one only to an upstream that
 * spoke of it, since one that does not know it might answer without any bound.
 */
async function callCapped(
  { boundNames }: Pick<GatewayPorts, 'boundNames'>,
  request: AnswerRequest,
  route: UpstreamRoute,
  tokens: number | null,
  call: (cap: OutputCap | null) => Promise<UpstreamReply>,
): Promise<UpstreamReply> {
  if (tokens === null) return await call(null);
  const modelName = modelNameAt(request, route);
  const name = boundNames.of(route.upstream, modelName);
  const reply = await call({ name, tokens });
  if (reply.kind !== 'rejected' || !reply.message.includes(NEWER_NAME)) return reply;
  const other = name === NEWER_NAME ? 'max_tokens' : NEWER_NAME;
  const again = await call({ name: other, tokens });
  if (again.kind === 'answer') boundNames.learn(route.upstream, modelName, other);
  return again;
}

function notBought(reply: UpstreamReply, route: UpstreamRoute): NotBought {
  const free = 'Nothing was charged.';
  switch (reply.kind) {
    case 'rejected': {
      const said = reply.message === '' ? `status ${reply.status}` : reply.message;
      const sentence = /[.!?…]$/.test(said) ? said : `${said}.`;
      const error = new TallygateError(
        reply.isTooLong ? 'context_length_exceeded' : 'upstream_rejected',
        `The model's provider refused the request: ${sentence} ${free}`,
        reply.param === null ? {} : { param: reply.param },
      );
      return new NotBought('upstream_error', error, route.upstream);
    }
    case 'timeout': {
      const message = `The model's provider did not answer in time. ${free} Try again.`;
      const error = new TallygateError('upstream_timeout', message);
      return new NotBought('upstream_timeout', error, route.upstream);
    }
    case 'unreached': {
      const message = `The model's provider cannot be reached. ${free} Try again later.`;
      const error = new TallygateError('no_healthy_upstream', message);
      return new NotBought('no_healthy_upstream', error, route.upstream);
    }
    default: {
      const message = `The model's provider failed to answer. ${free} Try again.`;
      const error = new TallygateError('upstream_error', message);
      return new NotBought('upstream_error', error, route.upstream);
    }
  }
}
