import type { Exchange } from './exchange';
import { replyHeaders } from './reply-headers';
import type { Script } from './script';
import { rubbishBytes, Wire } from './wire';

/**
 * Sends a plain reply's body. "After so many tokens" is that share of the body's bytes here, since
 * its text is not sent token by token.
 */
export async function sendPlain(
  exchange: Exchange,
  json: string,
  tokens: number,
  script: Script,
): Promise<void> {
  const wire = new Wire(exchange, script);
  const body = Buffer.from(json);
  const share = (after: number) => Math.floor((body.length * after) / Math.max(tokens, 1));
  const rubbish =
    script.rubbishAfterTokens === undefined
      ? undefined
      : { at: share(script.rubbishAfterTokens), bytes: rubbishBytes(script) };
  const headers = replyHeaders(script, 'application/json');
  headers['content-length'] = body.length + (rubbish?.bytes.length ?? 0);
  exchange.res.writeHead(200, headers);

  const stopAfter = script.dieAfterTokens ?? script.hangAfterTokens;
  if (stopAfter !== undefined && stopAfter < tokens) {
    exchange.res.flushHeaders();
    await wire.bytes(body.subarray(0, share(stopAfter)));
    return script.dieAfterTokens === undefined ? exchange.hang() : exchange.cut();
  }
  if (rubbish !== undefined) {
    await wire.bytes(
      Buffer.concat([body.subarray(0, rubbish.at), rubbish.bytes, body.subarray(rubbish.at)]),
    );
  } else if (script.chunkBytes !== undefined) await wire.bytes(body);
  else return void exchange.res.end(body);
  exchange.res.end();
}
