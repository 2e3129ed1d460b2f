import { typicalError } from './api-error';
import type { Exchange } from './exchange';
import { replyHeaders } from './reply-headers';
import type { Script } from './script';

/** What the script wants instead of an answer. True: the request is dealt with. */
export async function answerInstead(exchange: Exchange, script: Script): Promise<boolean> {
  const wanted =
    script.closeBeforeHeaders === true ||
    script.dropAfterHeaders === true ||
    script.redirect !== undefined ||
    script.status !== undefined;
  if (!wanted) return false;
  await exchange.sleep(script.ttftMs ?? 0);
  if (script.closeBeforeHeaders === true) await exchange.cut();
  else if (script.redirect !== undefined) {
    exchange.res.writeHead(script.status ?? 302, { location: script.redirect, ...script.headers });
    exchange.res.end();
  } else if (script.status !== undefined) sendStatus(exchange, script, script.status);
  else {
    const contentType = exchange.record.stream ? 'text/event-stream' : 'application/json';
    exchange.res.writeHead(200, replyHeaders(script, contentType));
    exchange.res.flushHeaders();
    await exchange.cut();
  }
  return true;
}

function sendStatus(exchange: Exchange, script: Script, status: number): void {
  const { errorBody = typicalError(status).body } = script;
  const isText = typeof errorBody === 'string';
  const body = Buffer.from(isText ? errorBody : JSON.stringify(errorBody));
  const headers = replyHeaders(script, isText ? 'text/plain' : 'application/json');
  exchange.res.writeHead(status, { ...headers, 'content-length': body.length });
  exchange.res.end(body);
}
