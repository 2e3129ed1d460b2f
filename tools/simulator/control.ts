import { z } from 'zod';
import { ApiError } from './api-error';
import { parseJsonBody, validate } from './chat-request';
import type { Exchange } from './exchange';
import { queuedScriptSchema, type ScriptQueue } from './script-queue';
import type { StatsBook } from './stats';

export const CONTROL_PREFIX = '/__sim/';

/** The tests' hand on the simulator: `POST script`, `GET stats`, `POST reset`. */
export async function control(
  exchange: Exchange,
  queue: ScriptQueue,
  stats: StatsBook,
): Promise<void> {
  const { req, path } = exchange;
  switch (`${req.method} ${path.slice(CONTROL_PREFIX.length)}`) {
    case 'POST script':
      // A web page can only send this type after asking, and it is never answered.
      if (req.headers['content-type']?.startsWith('application/json') !== true) {
        throw new ApiError(415, 'Send application/json.');
      }
      queue.add(
        validate(z.unknown().pipe(queuedScriptSchema), parseJsonBody(await exchange.readBody())),
      );
      return exchange.sendJson(200, { pending: queue.pending });
    case 'GET stats':
      return exchange.sendJson(200, stats.snapshot(queue.pending));
    case 'POST reset':
      queue.clear();
      stats.reset();
      return exchange.sendJson(200, { ok: true });
    default:
      throw new ApiError(404, 'There is no such control.');
  }
}
