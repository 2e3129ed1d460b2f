import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readStream } from '../../../tests/helpers/buy';
import type { Order } from './orders';
import type { Seen } from './seen';

const REQUEST_MS_MAX = 90_000;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The code of a stream whose events are none. */
export const MALFORMED = 'malformed';

const plainAnswer = z.looseObject({
  id: z.string(),
  usage: z.looseObject({ completion_tokens: z.number() }),
});
const errorBody = z.looseObject({ error: z.looseObject({ code: z.string() }) });

/** Sends an order and reads what comes. Never throws: whatever happened is what was seen. */
export async function exchange(order: Order, origin: string): Promise<Seen> {
  const { tenant, isStream, answerTokens, gateway, leavesAfterMs } = order;
  const leaving = new AbortController();
  const timer = setTimeout(() => leaving.abort(), leavesAfterMs ?? REQUEST_MS_MAX);
  const beganAtMs = Date.now();
  const found = await receive(order, origin, leaving.signal);
  clearTimeout(timer);
  return {
    tenantId: tenant.id,
    keyId: tenant.keyId,
    isStream,
    answerTokens,
    gateway,
    beganAtMs,
    ...NOTHING,
    traceId: order.traceName,
    ...found,
    endedAtMs: Date.now(),
    hasLeft: leaving.signal.aborted,
  };
}

type Found = Partial<Omit<Seen, 'tenantId' | 'isStream' | 'gateway' | 'beganAtMs' | 'hasLeft'>>;

const NOTHING = {
  what: 'nothing',
  status: 0,
  code: null,
  costNano: null,
  tokens: 0,
  answerId: null,
  bytesHash: null,
  namedInError: [],
} as const;

async function receive(order: Order, origin: string, signal: AbortSignal): Promise<Found> {
  let reply: Response;
  try {
    reply = await fetch(`${origin}/api/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${order.tenant.apiKey}`,
        'content-type': 'application/json',
        ...(order.traceName === null ? {} : { 'x-trace-id': order.traceName }),
      },
      body: order.body,
      signal,
    });
  } catch {
    return {};
  }
  const { bytes, isWhole } = await readWhatComes(reply);
  const head = { traceId: reply.headers.get('x-trace-id'), status: reply.status };
  if (reply.status !== 200) return { ...head, ...refusal(bytes.toString('utf8')) };
  const isReplay = reply.headers.get('idempotent-replayed') === 'true';
  const answer = order.isStream ? streamed(bytes, isWhole) : plain(bytes, isWhole, reply.headers);
  const isReplayed = answer.what === 'complete' && isReplay;
  return { ...head, ...answer, ...(isReplayed ? { what: 'replayed' as const } : {}) };
}

async function readWhatComes(reply: Response): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let isWhole = true;
  try {
    for await (const chunk of reply.body ?? []) chunks.push(chunk);
  } catch {
    isWhole = false;
  }
  return { bytes: Buffer.concat(chunks), isWhole };
}

function refusal(text: string): Found {
  let code = 'unreadable';
  try {
    code = errorBody.parse(JSON.parse(text)).error.code;
  } catch {
    // A broken reply: there is no code in it.
  }
  return { what: 'refused', code, namedInError: text.match(UUID) ?? [] };
}

function plain(bytes: Buffer, isWhole: boolean, headers: Headers): Found {
  if (!isWhole) return { what: 'part' };
  const { id, usage } = plainAnswer.parse(JSON.parse(bytes.toString('utf8')));
  const cost = headers.get('x-tallygate-cost');
  return {
    what: 'complete',
    answerId: id,
    tokens: usage.completion_tokens,
    bytesHash: hashOf(bytes),
    costNano: cost === null ? null : BigInt(cost),
  };
}

/** Of a stream that broke, its whole events count. */
function streamed(bytes: Buffer, isWhole: boolean): Found {
  const text = bytes.toString('utf8');
  const events = text.slice(0, text.lastIndexOf('\n\n') + 2);
  const tokens = events.split('"content":"').length - events.split('"content":""').length;
  const answerId = /"id":"(chatcmpl-[^"]+)"/.exec(events)?.[1] ?? null;
  const { isDone, errorCode } = eventsOf(events);
  const found = { tokens, answerId, code: errorCode };
  if (!isWhole || !isDone) return { ...found, what: 'part' };
  return { ...found, what: 'complete', bytesHash: hashOf(bytes) };
}

function eventsOf(events: string): { isDone: boolean; errorCode: string | null } {
  try {
    return readStream(Buffer.from(events));
  } catch {
    return { isDone: false, errorCode: MALFORMED };
  }
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
